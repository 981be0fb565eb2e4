import type { Clock } from '../platform/clock.ts';
import { fingerprint } from '../platform/keys/encryption.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { ArtifactPayload, ArtifactStore } from './artifact.ts';

/** How long an identifier is remembered when the storing step never comes. */
const CLAIM_SECONDS = 60;

/** The result of `find` for an identifier that was used before. */
const REPLAYED: ArtifactPayload = Object.freeze({ kind: 'ReplayDetection' });

/**
 * Remembers identifiers that may be seen once (`jti` of client assertions, RFC 7523 §3, and of DPoP proofs, RFC 9449 §11.1)
 * in Postgres: a Redis that lost its data would accept them again.
 *
 * The library finds an identifier and then stores it: two steps, between which a second request fits. So `find` already
 * claims it: of simultaneous calls exactly one gets `undefined`. `upsert` afterwards only sets how long it is remembered.
 */
export function createReplayStore(deps: {
  readonly db: Database;
  readonly clock: Clock;
}): ArtifactStore {
  const { db, clock } = deps;
  const refuse = (): Promise<never> =>
    Promise.reject(new Error('a seen identifier is only found and stored'));
  return Object.freeze({
    find: async (id: string) => {
      const now = clock.now();
      const claimed = await db.query({
        name: 'replay_detections-claim',
        // An expired row may be taken over; a live one makes the update match nothing.
        text: `insert into replay_detections (fingerprint, payload, expires_at) values ($1, '{}', $2)
               on conflict (fingerprint) do update set expires_at = excluded.expires_at
               where replay_detections.expires_at <= $3 returning 1`,
        values: [fingerprint(id), inSeconds(now, CLAIM_SECONDS), now],
      });
      return claimed.length === 0 ? REPLAYED : undefined;
    },
    upsert: async (id: string, _payload: object, expiresInSeconds = CLAIM_SECONDS) => {
      await db.query({
        name: 'replay_detections-keep',
        text: `insert into replay_detections (fingerprint, payload, expires_at) values ($1, '{}', $2)
               on conflict (fingerprint) do update
               set expires_at = greatest(replay_detections.expires_at, excluded.expires_at)`,
        values: [fingerprint(id), inSeconds(clock.now(), expiresInSeconds)],
      });
    },
    findByUid: refuse,
    findByUserCode: refuse,
    consume: refuse,
    destroy: refuse,
  });
}

function inSeconds(now: Date, seconds: number): Date {
  return new Date(now.getTime() + seconds * 1000);
}
