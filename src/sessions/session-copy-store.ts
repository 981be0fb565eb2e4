import { fingerprint, unlessKeyIsGone, type Sealer } from '../platform/keys/encryption.ts';
import { redisCall, type Redis } from '../platform/redis/redis.ts';
import type { SessionPayload } from './session.ts';

/** A session as Redis has it. Redis may lose it or bring back an old one, so it is never the last word. */
export interface SessionCopy {
  readonly payload: SessionPayload;
  /** The row in Postgres when this was written. */
  readonly row: { readonly digest: string; readonly expiresAt: number } | null;
}

/** The key of a copy: the cookie's value, or the uid by which grants and codes refer to the session. */
export type SessionKey = { readonly id: string } | { readonly uid: string };

/** Sealed copies, one under each key. Every method throws AppError `redis_unavailable` when Redis cannot be reached. */
export interface SessionCopyStore {
  read(key: SessionKey): Promise<SessionCopy | null>;
  write(copy: SessionCopy, expiresInSeconds: number): Promise<void>;
  /** Drops the copy under an id that was given up; the one under the uid stays. */
  removeId(fingerprint: Buffer): Promise<void>;
  remove(
    sessions: readonly { readonly uid: string; readonly fingerprint: Buffer }[],
  ): Promise<void>;
}

/** The two keys of one session lie on different nodes of a cluster; each is complete by itself. */
export function createSessionCopyStore(deps: {
  readonly redis: Redis;
  readonly masterSealer: Sealer;
  readonly keyPrefix: string;
}): SessionCopyStore {
  const { redis, masterSealer, keyPrefix } = deps;
  const byId = (key: Buffer) => `${keyPrefix}Session:${key.toString('base64url')}`;
  const byUid = (uid: string) => `${keyPrefix}SessionUid:${uid}`;

  return Object.freeze({
    read: async (key: SessionKey) => {
      const name = 'id' in key ? byId(fingerprint(key.id)) : byUid(key.uid);
      const stored = await redisCall(redis.getBuffer(name));
      if (stored === null) return null;
      // A copy that was sealed with a key that is no longer configured counts as missing.
      const copy = unlessKeyIsGone(() => openCopy(masterSealer, stored));
      if (copy === null) return null;
      const isRight = 'id' in key ? copy.payload.jti === key.id : copy.payload.uid === key.uid;
      return isRight ? copy : null;
    },
    write: async (copy: SessionCopy, expiresInSeconds: number) => {
      const { uid, jti } = requireNames(copy.payload);
      const value = sealCopy(masterSealer, uid, copy);
      const seconds = Math.max(1, Math.ceil(expiresInSeconds));
      await Promise.all([
        redisCall(redis.set(byId(fingerprint(jti)), value, 'EX', seconds)),
        redisCall(redis.set(byUid(uid), value, 'EX', seconds)),
      ]);
    },
    removeId: async (key: Buffer) => {
      await redisCall(redis.del(byId(key)));
    },
    remove: async (sessions: readonly { uid: string; fingerprint: Buffer }[]) => {
      await Promise.all(
        sessions.flatMap((session) => [
          redisCall(redis.del(byId(session.fingerprint))),
          redisCall(redis.del(byUid(session.uid))),
        ]),
      );
    },
  });
}

// The first part names the context that opens the rest, for both keys of a copy.
function sealCopy(masterSealer: Sealer, uid: string, copy: SessionCopy): Buffer {
  const name = Buffer.from(uid);
  return Buffer.concat([
    Buffer.from([name.length]),
    name,
    masterSealer.seal(JSON.stringify(copy), copyContext(uid)),
  ]);
}

function openCopy(masterSealer: Sealer, stored: Buffer): SessionCopy {
  const start = 1 + (stored[0] ?? 0);
  const uid = stored.toString('utf8', 1, start);
  return JSON.parse(
    masterSealer.open(stored.subarray(start), copyContext(uid)).toString('utf8'),
  ) as SessionCopy;
}

function copyContext(uid: string): string {
  return `session copy:${uid}`;
}

/** The two names every session has. @throws Error when one is missing. */
export function requireNames(payload: SessionPayload): { uid: string; jti: string } {
  const { uid, jti } = payload;
  if (uid === undefined || jti === undefined) throw new Error('a session has a uid and an id');
  return { uid, jti };
}
