import type { Redis } from '../../src/platform/redis/redis.ts';

/** The content of Redis at one moment, which can be restored, like a backup or an outdated replica. */
export interface RedisSnapshot {
  restore(): Promise<void>;
}

/** Stores every key below `prefix` with its value and remaining time to live. */
export async function takeSnapshot(redis: Redis, prefix: string): Promise<RedisSnapshot> {
  const keys = await redis.keys(`${prefix}*`);
  const entries = await Promise.all(
    keys.map(async (key) => ({
      key,
      value: await redis.getBuffer(key),
      milliseconds: await redis.pttl(key),
    })),
  );
  return {
    restore: async () => {
      await loseEverything(redis, prefix);
      for (const { key, value, milliseconds } of entries) {
        if (value !== null) await redis.set(key, value, 'PX', milliseconds);
      }
    },
  };
}

/** Simulates an empty Redis after a crash, for the keys of this test only. */
export async function loseEverything(redis: Redis, prefix: string): Promise<void> {
  const keys = await redis.keys(`${prefix}*`);
  if (keys.length > 0) await redis.del(...keys);
}
