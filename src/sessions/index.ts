/** sessions: browsers in which people are signed in. */
import { bindUseCases } from '../platform/bind-use-cases.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { ArtifactPayload, ArtifactStore } from '../tokens/index.ts';
import type { SessionsContext, SessionsDeps } from './context.ts';
import { endAllSessions, endSession } from './end-session.ts';
import { findSession, holdsGrant } from './find-session.ts';
import { listSessions } from './list-sessions.ts';
import { createLiveSessions } from './live-sessions.ts';
import { retireSession } from './retire-session.ts';
import { isExpiryKept, type StoredSession } from './session.ts';
import { type LifeQuestion, secondsLeft } from './session-life.ts';
import { saveSession } from './save-session.ts';
import { createSessionStore, heldWhileLive } from './session-store.ts';
import { shortenSessions } from './shorten-sessions.ts';

export { describeDevice } from './device-words.ts';
export { factorsOf } from './factor.ts';
export { announceRotation, noteSessionToken } from './known-sessions.ts';
export type { StoredSession } from './session.ts';
export type { SessionLives, SignedInSession } from './session-life.ts';
export { payloadContext } from './session-write-sql.ts';
export { announceSingleUse, clearUnsavedUses } from './single-use.ts';

// The library gives every session a lifetime; an hour is the fallback.
const DEFAULT_SECONDS = 3_600;

/** Connects the use cases to their dependencies. */
export function createSessions(deps: SessionsDeps) {
  const { db, clock, masterSealer } = deps;
  const store = createSessionStore(db, masterSealer);
  const ctx: SessionsContext = { ...deps, store, live: createLiveSessions({ ...deps, store }) };
  return {
    /** The provider's store of kind `Session`. */
    artifacts: createSessionArtifacts(ctx),

    /** The live session of this cookie, as it is stored. */
    findById: (id: string) => ctx.live.findById(id),

    /** Is nothing to be stored when a request leaves the session as it is, and it is valid for this long from now? */
    isKept: (stored: StoredSession, expiresInSeconds: number): boolean => {
      const seenAt = clock.now();
      const expiresAt = new Date(seenAt.getTime() + expiresInSeconds * 1000);
      return isExpiryKept(stored, { seenAt, expiresAt });
    },

    /** The lives of sessions, for pages that announce them. */
    lives: deps.sessionLives,

    /** Seconds that a session is valid after a request now; 0 or less when its time is over. */
    secondsLeft: (question: Pick<LifeQuestion, 'session' | 'isAdministrator'>): number =>
      secondsLeft(deps.sessionLives, { ...question, now: clock.now() }),

    /** Is it live? If so it stays live until `tx` ends. */
    hold: (tx: Database, sessionUid: string): Promise<boolean> =>
      createSessionStore(tx, masterSealer).lock(sessionUid, clock.now()),

    /** The same as a query for another statement: it has a row when the session is live. */
    heldWhileLive: (sessionUid: string) => heldWhileLive(sessionUid, clock.now()),

    ...bindUseCases(ctx, {
      end: endSession,
      endAll: endAllSessions,
      list: listSessions,
      shorten: shortenSessions,
      holdsGrant,
    }),

    /** Deletes expired rows in batches, each in its own transaction, on one node at a time. @returns the number of rows. */
    purgeExpired: async (): Promise<number> => {
      const now = clock.now();
      for (let total = 0; ;) {
        const { count, isMore } = await db.transaction((tx) =>
          createSessionStore(tx, masterSealer).deleteExpired(now),
        );
        total += count;
        if (!isMore) return total;
      }
    },
  };
}

export type Sessions = ReturnType<typeof createSessions>;

function createSessionArtifacts(ctx: SessionsContext): ArtifactStore {
  return {
    upsert: (id: string, payload: ArtifactPayload, expiresInSeconds = DEFAULT_SECONDS) =>
      saveSession(ctx, { payload: { ...payload, jti: id }, expiresInSeconds }),
    find: async (id: string) => (await findSession(ctx, { id }))?.payload,
    findByUid: async (uid: string) => (await findSession(ctx, { uid }))?.payload,
    findByUserCode: async () => undefined,
    consume: () => Promise.reject(new Error('a session is not used up')),
    destroy: (id: string) => retireSession(ctx, id),
  };
}
