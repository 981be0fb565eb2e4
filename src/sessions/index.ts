import type { Audit } from '../audit/index.ts';
import type { ChangeFeed } from '../platform/change-feed.ts';
import type { Clock } from '../platform/clock.ts';
import type { Sealer } from '../platform/keys/encryption.ts';
import { createFreshCache } from '../platform/fresh-cache.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { Redis } from '../platform/redis/redis.ts';
import type { ArtifactStore, Tokens } from '../tokens/index.ts';
import {
  endAllSessions,
  type EndAllSessionsInput,
  endSession,
  type EndSessionInput,
} from './end-session.ts';
import { purgeSessions } from './purge-sessions.ts';
import { createSessionArtifacts } from './session-artifacts.ts';
import { createSessionCopyStore } from './session-copy-store.ts';
import type { SessionDeps } from './session-deps.ts';
import { durableDigest, wholeDigest } from './session-digest.ts';
import type { SessionSummary } from './session.ts';
import { createSessionStore } from './session-store.ts';

export type { EndAllSessionsInput, EndSessionInput } from './end-session.ts';
export { announceRotation, announceSingleUse } from './known-sessions.ts';
export { clearUnsavedUses } from './save-session.ts';
export { describeDevice } from './device-words.ts';
export type { SessionSummary } from './session.ts';

/** Browsers in which people are signed in. */
export interface Sessions {
  /** The provider's store of kind `Session`. */
  readonly artifacts: ArtifactStore;
  /** Live sessions of an account, the most recently seen first. */
  list(accountId: string): Promise<readonly SessionSummary[]>;
  /** Is it live? If so it stays so until `tx` ends. */
  hold(tx: Database, sessionUid: string): Promise<boolean>;
  /** See {@link endSession}. @throws AppError `session_not_found`. */
  end(input: EndSessionInput): Promise<void>;
  /** Also revokes every grant of the account. Give a `tx` to do more in the same breath. */
  endAll(input: EndAllSessionsInput): Promise<void>;
  /** Deletes expired rows in batches; of several nodes one works. @returns how many went. */
  purgeExpired(): Promise<number>;
}

export interface SessionsDeps {
  readonly db: Database;
  readonly feed: ChangeFeed;
  /** Null: sessions are in Postgres only. */
  readonly redis: Redis | null;
  readonly masterSealer: Sealer;
  readonly clock: Clock;
  readonly audit: Pick<Audit, 'record' | 'wasRecorded'>;
  readonly tokens: Pick<Tokens, 'revokeGrants'>;
  /** How many sessions an account may have; the least recently seen goes. */
  readonly sessionLimit: number;
  /** Goes before every Redis key. Default `consentry:`. */
  readonly keyPrefix?: string;
}

const CACHED_SESSIONS = 50_000;

/** Binds the use cases of this slice. */
export function createSessions(options: SessionsDeps): Sessions {
  const { db, feed, redis, masterSealer, clock, audit, tokens, sessionLimit } = options;
  const keyPrefix = options.keyPrefix ?? 'consentry:';
  const store = createSessionStore(db, masterSealer);
  const digest = redis === null ? wholeDigest : durableDigest;
  const deps: SessionDeps = Object.freeze({
    db,
    feed,
    clock,
    masterSealer,
    audit,
    tokens,
    store,
    sessionLimit,
    digest,
    copies: redis === null ? null : createSessionCopyStore({ redis, masterSealer, keyPrefix }),
    liveRows: createFreshCache<string | null>({
      feed,
      topic: 'session',
      maxEntries: CACHED_SESSIONS,
      load: async (uid) => {
        const stored = await store.findByUid(uid, clock.now());
        return stored === null ? null : digest(stored.payload);
      },
    }),
  });

  return Object.freeze({
    artifacts: createSessionArtifacts(deps),
    list: (accountId: string) => store.list(accountId, clock.now()),
    hold: (tx: Database, sessionUid: string) =>
      createSessionStore(tx, masterSealer).hold(sessionUid, clock.now()),
    end: (input: EndSessionInput) => endSession(deps, input),
    endAll: (input: EndAllSessionsInput) => endAllSessions(deps, input),
    purgeExpired: () => purgeSessions(deps),
  });
}
