/** One bucket to take from. */
export interface RateLimitRule {
  /** What is limited, in kebab case; part of the key. */
  readonly name: string;
  /** Who is limited: an address, an account, an e-mail. Several keys are counted each on its own; the fullest decides. */
  readonly key: string | readonly string[];
  readonly points: number;
  readonly perSeconds: number;
}

/**
 * Counts attempts across all nodes and restarts. When the shared counters cannot be reached it counts in this
 * process instead of letting everything through.
 */
export interface RateLimiter {
  /**
   * Takes one point per key. Safe under simultaneous calls: no two of them count as one.
   * @throws AppError `rate_limited` (kind `too_many`, with `retryAfterSeconds`) when a bucket is empty.
   */
  consume(rule: RateLimitRule): Promise<void>;
  /** Fills the buckets again, for example after a right password. */
  reset(rule: Pick<RateLimitRule, 'name' | 'key'>): Promise<void>;
}
