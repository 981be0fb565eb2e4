import type { Redis } from '../../src/platform/redis/redis.ts';

/** What Redis held at one moment, and a way back to it: a restored backup or a replica that was behind. */
export interface RedisSnapshot {
  restore(): Promise<void>;
}

/** Keeps every key below `prefix` with its value and what was left of its life. */
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

/** What an empty Redis after a crash looks like to this test alone. */
export async function loseEverything(redis: Redis, prefix: string): Promise<void> {
  const keys = await redis.keys(`${prefix}*`);
  if (keys.length > 0) await redis.del(...keys);
}
