import type { Clock } from '../platform/clock.ts';
import { fingerprint } from '../platform/encryption.ts';
import type { Database } from '../platform/postgres.ts';
import { REPLAY_CLAIM_SECONDS, REPLAYED, type ReplayStore } from './replay-store.ts';

/** {@link ReplayStore} in the table `replay_detections`. */
export function createPostgresReplayStore(deps: {
  readonly db: Database;
  readonly clock: Clock;
}): ReplayStore {
  const { db, clock } = deps;
  return Object.freeze({
    find: async (id: string) => {
      const now = clock.now();
      const claimed = await db.query({
        name: 'replay_detections-claim',
        // An expired row may be taken over; a live one makes the update match nothing.
        text: `insert into replay_detections (fingerprint, payload, expires_at) values ($1, '{}', $2)
               on conflict (fingerprint) do update set expires_at = excluded.expires_at
               where replay_detections.expires_at <= $3 returning 1`,
        values: [fingerprint(id), inSeconds(now, REPLAY_CLAIM_SECONDS), now],
      });
      return claimed.length === 0 ? REPLAYED : undefined;
    },
    upsert: async (id: string, _payload: object, expiresInSeconds = REPLAY_CLAIM_SECONDS) => {
      await db.query({
        name: 'replay_detections-keep',
        text: `insert into replay_detections (fingerprint, payload, expires_at) values ($1, '{}', $2)
               on conflict (fingerprint) do update
               set expires_at = greatest(replay_detections.expires_at, excluded.expires_at)`,
        values: [fingerprint(id), inSeconds(clock.now(), expiresInSeconds)],
      });
    },
  });
}

function inSeconds(now: Date, seconds: number): Date {
  return new Date(now.getTime() + seconds * 1000);
}
