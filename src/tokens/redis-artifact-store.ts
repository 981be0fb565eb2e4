import { AppError } from '../platform/app-error.ts';
import { fingerprint, keyedIndex } from '../platform/keys/encryption.ts';
import { redisCall, type Redis } from '../platform/redis/redis.ts';
import type { ArtifactDefinition, ArtifactPayload, ArtifactStore } from './artifact.ts';
import type { TokenStorage } from './storage.ts';
import { createPayloadCodec } from './payload-codec.ts';
import { currentRedemption } from './redemption.ts';
import { createUsedCodeStore } from './used-code-store.ts';

// A value is ten digits and then the payload. Nodes of the previous release store the time of a use in the digits.
const HEADER = '0'.repeat(10);

const SET_WITH_POINTER = `
redis.call('set', KEYS[1], ARGV[1], 'EX', ARGV[3])
redis.call('set', KEYS[2], ARGV[2], 'EX', ARGV[3])`;

/**
 * One string with a time to live per artifact, one command per call. Nothing is indexed by grant: every use of a token
 * looks up its Grant, whose row in Postgres decides, so a revoked grant makes all its tokens useless without deleting them.
 */
export function createRedisArtifactStore(
  ctx: TokenStorage & { readonly redis: Redis },
  definition: ArtifactDefinition,
): ArtifactStore {
  const { redis, indexKey } = ctx;
  const codec = createPayloadCodec(definition, ctx.transientSealer);
  const keys = keyNames(ctx.keyPrefix, definition);
  const usedCodes = createUsedCodeStore(ctx);

  const read = async (key: Buffer, id: string): Promise<ArtifactPayload | undefined> => {
    const isUseRead = definition.isUsedOnce && currentRedemption()?.isUseFoundAtCommit !== true;
    const [stored, usedAt] = await Promise.all([
      redisCall(redis.getBuffer(keys.item(key))),
      isUseRead ? usedCodes.findUse(key) : null,
    ]);
    if (stored === null) return undefined;
    const payload = codec.decode(key, stored.subarray(HEADER.length), id);
    return usedAt === null ? payload : { ...payload, consumed: usedAt.getTime() / 1000 };
  };

  return {
    upsert: async (id: string, payload: ArtifactPayload, expiresInSeconds?: number) => {
      if (expiresInSeconds === undefined) throw new Error(`${definition.kind} needs a life span`);
      const key = fingerprint(id);
      const value = Buffer.concat([Buffer.from(HEADER), bytes(codec.encode(key, payload))]);
      const seconds = Math.max(1, Math.ceil(expiresInSeconds));
      if (payload.userCode === undefined) {
        await redisCall(redis.set(keys.item(key), value, 'EX', seconds));
        return;
      }
      const pointer = keys.userCode(keyedIndex(indexKey, payload.userCode));
      await redisCall(
        redis.eval(SET_WITH_POINTER, 2, keys.item(key), pointer, value, key, seconds),
      );
    },
    find: async (id: string) => read(fingerprint(id), id),
    findByUid: async () => undefined,
    findByUserCode: async (userCode: string) => {
      const key = await redisCall(redis.getBuffer(keys.userCode(keyedIndex(indexKey, userCode))));
      return key === null ? undefined : read(key, '');
    },
    consume: async (id: string) => {
      const key = fingerprint(id);
      const exists = await redisCall(redis.exists(keys.item(key)));
      if (exists !== 1) throw new AppError('conflict', 'already_used');
      await usedCodes.markUsed(key);
    },
    destroy: async (id: string) => {
      // The entry of a user code expires by itself and refers to no artifact until then.
      await redisCall(redis.del(keys.item(fingerprint(id))));
    },
  };
}

function bytes(value: string | Buffer): Buffer {
  return typeof value === 'string' ? Buffer.from(value) : value;
}

// Keys of one script share a hash tag, so that Redis Cluster keeps them on one node.
function keyNames(prefix: string, { kind }: ArtifactDefinition) {
  const name = kind === 'DeviceCode' ? `{${kind}}` : kind;
  return {
    item: (key: Buffer) => `${prefix}${name}:${key.toString('base64url')}`,
    userCode: (index: Buffer) => `${prefix}{${kind}}:code:${index.toString('base64url')}`,
  };
}
