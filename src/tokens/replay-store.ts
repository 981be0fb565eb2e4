import { fingerprint } from '../platform/keys/encryption.ts';
import { sql } from '../platform/postgres/sql.ts';
import type { ArtifactPayload, ArtifactStore } from './artifact.ts';
import { inSeconds, type TokenStorage } from './storage.ts';

/** How long an identifier is stored when `upsert` does not follow. */
const RESERVED_SECONDS = 60;

/** The result of `find` for an identifier that was used before. */
const REPLAYED: ArtifactPayload = Object.freeze({ kind: 'ReplayDetection' });

/**
 * Stores identifiers that may be used once (`jti` of client assertions, RFC 7523 §3, and of DPoP proofs, RFC 9449
 * §11.1) in Postgres, because a Redis that lost its data would accept them again.
 *
 * The library finds an identifier and then stores it: a second request could come in between. So `find` already
 * reserves it: of concurrent calls exactly one gets `undefined`. `upsert` then only sets its expiry.
 */
export function createReplayStore(ctx: Pick<TokenStorage, 'db' | 'clock'>): ArtifactStore {
  const { db, clock } = ctx;
  const refuse = (): Promise<never> =>
    Promise.reject(new Error('a seen identifier is only found and stored'));
  return {
    find: async (id: string) => {
      // An expired row may be taken over; a live one makes the update match nothing.
      const reserved = await db.query(sql`
        insert into replay_detections (fingerprint, payload, expires_at)
        values (${fingerprint(id)}, '{}', ${inSeconds(ctx, RESERVED_SECONDS)})
        on conflict (fingerprint) do update set expires_at = excluded.expires_at
        where replay_detections.expires_at <= ${clock.now()} returning 1`);
      return reserved.length === 0 ? REPLAYED : undefined;
    },
    upsert: async (id: string, _payload: object, expiresInSeconds = RESERVED_SECONDS) => {
      await db.query(sql`
        insert into replay_detections (fingerprint, payload, expires_at)
        values (${fingerprint(id)}, '{}', ${inSeconds(ctx, expiresInSeconds)})
        on conflict (fingerprint) do update
        set expires_at = greatest(replay_detections.expires_at, excluded.expires_at)`);
    },
    findByUid: refuse,
    findByUserCode: refuse,
    consume: refuse,
    destroy: refuse,
  };
}
