import {
  RateLimiterMemory,
  RateLimiterPostgres,
  RateLimiterRedis,
  type RateLimiterAbstract,
} from 'rate-limiter-flexible';

import { AppError } from './app-error.ts';
import { createNodeLimiter } from './bounded-counter.ts';
import { fingerprint } from './keys/encryption.ts';
import type { Postgres } from './postgres/postgres.ts';
import type { Redis } from './redis/redis.ts';

/** One bucket to take from. */
interface RateLimitRule {
  /** The limited action, in kebab case; part of the key. */
  readonly name: string;
  /**
   * The limited address, account or e-mail. Several keys are counted separately; the key with the highest count
   * decides.
   */
  readonly key: string | readonly string[];
  readonly points: number;
  readonly perSeconds: number;
  /**
   * Either all nodes count together, in Redis or Postgres (default), or each node counts by itself in fixed memory, which a flood
   * of different keys cannot fill.
   */
  readonly countedBy?: 'all-nodes' | 'node';
}

/** A point that was taken before the outcome of an attempt is known. */
export interface Reservation {
  /** Seconds until there are points again; 0 when there was one left. */
  readonly retryAfterSeconds: number;
  /** True for the first reservation of a period that found no point, on all nodes together. */
  readonly isFirstWithoutPoint: boolean;
  /** Returns the point, because the attempt does not have to count. */
  giveBack(): Promise<void>;
}

interface RateLimiterOptions {
  /** Its table `rate_limits` must exist. */
  readonly postgres: Pick<Postgres, 'pool'>;
  /** If given, attempts are counted here; Postgres is used during an outage of it. */
  readonly redis?: Redis;
}

/**
 * Creates the limiter, which counts attempts across all nodes and restarts. If the shared counters are unavailable, it
 * counts in this process instead of allowing everything. Keys are stored as fingerprints: an e-mail in a key is not
 * kept in clear. Call it at the start, before the first command on `redis`: it defines a command on that client, and a
 * client that changes while commands are under way mixes up their answers. One counter serves all rules, so no command
 * is defined later.
 */
export function createRateLimiter(options: RateLimiterOptions) {
  const counter = createCounter(options);
  const consumeHere = createNodeLimiter();
  return {
    /**
     * Takes one point per key. Safe for concurrent calls: each call is counted.
     * @throws AppError `rate_limited` (kind `too_many`, with `retryAfterSeconds`) when a bucket is empty.
     */
    async consume(rule: RateLimitRule): Promise<void> {
      if (rule.countedBy === 'node') return consumeHere(rule);
      const outcomes = await Promise.all(keysOf(rule).map((key) => take(counter, rule, key)));
      const waits = outcomes.map(({ waitSeconds }) => waitSeconds).filter((wait) => wait > 0);
      if (waits.length === 0) return;
      throw new AppError('too_many', 'rate_limited', { retryAfterSeconds: Math.max(...waits) });
    },

    /** Takes one point as `consume` does, for an attempt that counts only when it fails: in progress it counts, too. */
    async reserve(rule: SharedRule): Promise<Reservation> {
      const [key = ''] = keysOf(rule);
      const { consumedPoints, waitSeconds } = await take(counter, rule, key);
      return {
        retryAfterSeconds: waitSeconds,
        isFirstWithoutPoint: consumedPoints === rule.points + 1,
        giveBack: async () => {
          await counter.reward(key, 1, { customDuration: rule.perSeconds });
        },
      };
    },

    /** Fills the buckets again, for example after a right password. */
    async reset(rule: Pick<RateLimitRule, 'name' | 'key'>): Promise<void> {
      await Promise.all(keysOf(rule).map((key) => counter.delete(key)));
    },
  };
}

export type RateLimiter = ReturnType<typeof createRateLimiter>;

/** A rule with one key that all nodes count together. */
export type SharedRule = Omit<RateLimitRule, 'countedBy' | 'key'> & { readonly key: string };

/** `waitSeconds` is 0 when there was a point left. */
async function take(
  counter: RateLimiterAbstract,
  { points, perSeconds }: RateLimitRule,
  key: string,
): Promise<{ readonly consumedPoints: number; readonly waitSeconds: number }> {
  const { consumedPoints, msBeforeNext } = await counter.consume(key, 1, {
    customDuration: perSeconds,
  });
  const isWithin = consumedPoints <= points;
  return {
    consumedPoints,
    waitSeconds: isWithin ? 0 : Math.max(1, Math.ceil(msBeforeNext / 1_000)),
  };
}

function keysOf(rule: Pick<RateLimitRule, 'name' | 'key'>): string[] {
  const keys = typeof rule.key === 'string' ? [rule.key] : rule.key;
  return keys.map((key) => `${rule.name}:${fingerprint(key).toString('base64url')}`);
}

/** The library's limits are never reached: it counts, and {@link take} compares with the rule. */
const COUNT_ONLY = { points: Number.MAX_SAFE_INTEGER, duration: 60, keyPrefix: '' } as const;

function createCounter({ postgres, redis }: RateLimiterOptions): RateLimiterAbstract {
  const durable = new RateLimiterPostgres({
    ...COUNT_ONLY,
    storeClient: postgres.pool,
    storeType: 'pool',
    tableName: 'rate_limits',
    tableCreated: true,
    clearExpiredByTimeout: true,
    insuranceLimiter: new RateLimiterMemory(COUNT_ONLY),
  });
  if (redis === undefined) return durable;
  return new RateLimiterRedis({
    ...COUNT_ONLY,
    storeClient: redis,
    rejectIfRedisNotReady: true,
    insuranceLimiter: durable,
  });
}
