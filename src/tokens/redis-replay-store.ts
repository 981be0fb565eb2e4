import { fingerprint } from '../platform/encryption.ts';
import { redisCall, type Redis } from '../platform/redis.ts';
import { REPLAY_CLAIM_SECONDS, REPLAYED, type ReplayStore } from './replay-store.ts';

/** {@link ReplayStore} in Redis: `SET NX` claims. */
export function createRedisReplayStore(deps: {
  readonly redis: Redis;
  readonly keyPrefix: string;
}): ReplayStore {
  const { redis, keyPrefix } = deps;
  const name = (id: string) =>
    `${keyPrefix}ReplayDetection:${fingerprint(id).toString('base64url')}`;
  return Object.freeze({
    find: async (id: string) => {
      const claimed = await redisCall(redis.set(name(id), '1', 'EX', REPLAY_CLAIM_SECONDS, 'NX'));
      return claimed === null ? REPLAYED : undefined;
    },
    upsert: async (id: string, _payload: object, expiresInSeconds = REPLAY_CLAIM_SECONDS) => {
      await redisCall(redis.set(name(id), '1', 'EX', Math.max(1, Math.ceil(expiresInSeconds))));
    },
  });
}
