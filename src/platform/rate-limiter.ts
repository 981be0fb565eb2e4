import type { Redis } from 'ioredis';
import {
  RateLimiterMemory,
  RateLimiterPostgres,
  RateLimiterRedis,
  RateLimiterRes,
  type RateLimiterAbstract,
} from 'rate-limiter-flexible';

import { AppError } from './app-error.ts';
import { fingerprint } from './encryption.ts';
import type { Postgres } from './postgres.ts';

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

export interface RateLimiterOptions {
  /** Its table `rate_limits` must exist. */
  readonly postgres: Pick<Postgres, 'pool'>;
  /** Counted here first when given; Postgres takes over while it is away. */
  readonly redis?: Redis;
}

/** Makes the limiter. Keys are stored as fingerprints: an e-mail in a key is not kept in clear. */
export function createRateLimiter(options: RateLimiterOptions): RateLimiter {
  const buckets = new Map<string, RateLimiterAbstract>();
  const bucketFor = (rule: RateLimitRule): RateLimiterAbstract => {
    const id = `${rule.name} ${rule.points}/${rule.perSeconds}`;
    const bucket = buckets.get(id) ?? createBucket(options, rule, buckets.size === 0);
    buckets.set(id, bucket);
    return bucket;
  };
  return Object.freeze({
    consume: async (rule: RateLimitRule) => {
      const bucket = bucketFor(rule);
      const outcomes = await Promise.all(keysOf(rule).map((key) => take(bucket, key)));
      const waits = outcomes.filter((wait) => wait > 0);
      if (waits.length === 0) return;
      throw new AppError('too_many', 'rate_limited', { retryAfterSeconds: Math.max(...waits) });
    },
    reset: async (rule: Pick<RateLimitRule, 'name' | 'key'>) => {
      // Counters are named by rule and key only, so any bucket of that name empties them for all nodes.
      const known = [...buckets.entries()].filter(([id]) => id.startsWith(`${rule.name} `));
      const targets = known.map(([, bucket]) => bucket);
      if (targets.length === 0) targets.push(bucketFor({ ...rule, points: 1, perSeconds: 1 }));
      await Promise.all(keysOf(rule).flatMap((key) => targets.map((bucket) => bucket.delete(key))));
    },
  });
}

// Seconds to wait; 0 when there was a point left.
async function take(bucket: RateLimiterAbstract, key: string): Promise<number> {
  try {
    await bucket.consume(key);
    return 0;
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    return Math.max(1, Math.ceil(refusal.msBeforeNext / 1_000));
  }
}

function keysOf(rule: Pick<RateLimitRule, 'key'>): string[] {
  const keys = typeof rule.key === 'string' ? [rule.key] : rule.key;
  return keys.map((key) => fingerprint(key).toString('base64url'));
}

function createBucket(
  { postgres, redis }: RateLimiterOptions,
  rule: RateLimitRule,
  isSweeper: boolean,
): RateLimiterAbstract {
  const common = { points: rule.points, duration: rule.perSeconds, keyPrefix: rule.name };
  const durable = new RateLimiterPostgres({
    ...common,
    storeClient: postgres.pool,
    storeType: 'pool',
    tableName: 'rate_limits',
    tableCreated: true,
    // One bucket sweeps the whole table; the rest would repeat its work.
    clearExpiredByTimeout: isSweeper,
    insuranceLimiter: new RateLimiterMemory(common),
  });
  if (redis === undefined) return durable;
  return new RateLimiterRedis({
    ...common,
    storeClient: redis,
    rejectIfRedisNotReady: true,
    insuranceLimiter: durable,
  });
}
