import { AppError } from '../platform/app-error.ts';
import type { Clock } from '../platform/clock.ts';
import { fingerprint, keyedIndex, type Sealer } from '../platform/encryption.ts';
import { redisCall, type Redis } from '../platform/redis.ts';
import type { ArtifactDefinition, ArtifactPayload, ArtifactStore } from './artifact.ts';
import { createPayloadCodec } from './payload-codec.ts';
import type { UsedCodeStore } from './used-code-store.ts';

export interface RedisArtifactDeps {
  readonly redis: Redis;
  /** Goes before every key, so that one Redis can serve several installations. */
  readonly keyPrefix: string;
  readonly usedCodes: UsedCodeStore;
  readonly sealer: Sealer;
  readonly indexKey: Buffer;
  readonly clock: Clock;
}

// A value is ten digits, the second of its use or zeros, and then the payload: marking a use overwrites a fixed place.
const HEADER_BYTES = 10;
const UNUSED = '0'.repeat(HEADER_BYTES);

const MARK_USED = `
if redis.call('getrange', KEYS[1], 0, ${String(HEADER_BYTES - 1)}) ~= '${UNUSED}' then return 0 end
redis.call('setrange', KEYS[1], 0, ARGV[1])
return 1`;

const SET_WITH_POINTER = `
redis.call('set', KEYS[1], ARGV[1], 'EX', ARGV[3])
redis.call('set', KEYS[2], ARGV[2], 'EX', ARGV[3])`;

/**
 * One string with a time to live per thing, one command per call. Nothing is indexed by grant: every use of a token
 * asks for its Grant, whose row in Postgres decides, so a revoked grant makes them all worthless where they lie.
 */
export function createRedisArtifactStore(
  deps: RedisArtifactDeps,
  definition: ArtifactDefinition,
): ArtifactStore {
  const { redis, clock, usedCodes, indexKey } = deps;
  const codec = createPayloadCodec(definition, deps.sealer);
  const keys = keyNames(deps.keyPrefix, definition);

  const read = async (key: Buffer, id: string): Promise<ArtifactPayload | undefined> => {
    const stored = await redisCall(redis.getBuffer(keys.item(key)));
    if (stored === null) return undefined;
    const usedAt = Number(stored.toString('latin1', 0, HEADER_BYTES));
    const payload = codec.decode(key, stored.subarray(HEADER_BYTES), id);
    return usedAt === 0 ? payload : { ...payload, consumed: usedAt };
  };

  return Object.freeze({
    upsert: async (id: string, payload: ArtifactPayload, expiresInSeconds?: number) => {
      if (expiresInSeconds === undefined) throw new Error(`${definition.kind} needs a life span`);
      const key = fingerprint(id);
      const header = String(payload.consumed ?? 0).padStart(HEADER_BYTES, '0');
      const value = Buffer.concat([Buffer.from(header), bytes(codec.encode(key, payload))]);
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
      // The row decides who wins; the mark lets later finds see that the thing was used.
      await usedCodes.markUsed(key);
      const usedAt = Math.floor(clock.now().getTime() / 1000);
      const mark = String(usedAt).padStart(HEADER_BYTES, '0');
      const marked = await redisCall(redis.eval(MARK_USED, 1, keys.item(key), mark));
      if (marked !== 1) throw new AppError('conflict', 'already_used');
    },
    destroy: async (id: string) => {
      // The pointer of a user code runs out by itself and leads nowhere until then.
      await redisCall(redis.del(keys.item(fingerprint(id))));
    },
  });
}

function bytes(value: string | Buffer): Buffer {
  return typeof value === 'string' ? Buffer.from(value) : value;
}

interface KeyNames {
  item(fingerprint: Buffer): string;
  userCode(index: Buffer): string;
}

// Keys that one script touches share a hash tag, so that Redis Cluster keeps them on one node.
function keyNames(prefix: string, { kind }: ArtifactDefinition): KeyNames {
  const hasUserCode = kind === 'DeviceCode';
  return {
    item: (key) =>
      hasUserCode
        ? `${prefix}{${kind}}:${key.toString('base64url')}`
        : `${prefix}${kind}:${key.toString('base64url')}`,
    userCode: (index) => `${prefix}{${kind}}:code:${index.toString('base64url')}`,
  };
}
