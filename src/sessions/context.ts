import type { Audit } from '../audit/index.ts';
import type { ChangeFeed } from '../platform/change-feed.ts';
import type { Clock } from '../platform/clock.ts';
import type { Sealer } from '../platform/keys/encryption.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { Tokens } from '../tokens/index.ts';
import type { LiveSessions } from './live-sessions.ts';
import type { SessionLives } from './session-life.ts';
import type { SessionStore } from './session-store.ts';

export interface SessionsDeps {
  readonly db: Database;
  readonly feed: ChangeFeed;
  readonly clock: Clock;
  readonly masterSealer: Sealer;
  readonly audit: Pick<Audit, 'insertion' | 'record' | 'wasRecorded'>;
  readonly tokens: Pick<Tokens, 'findGrant' | 'revokeGrants' | 'sessionGrantsRevocation'>;
  /** Maximum number of sessions of an account; a new one ends the least recently seen. */
  readonly sessionLimit: number;
  readonly sessionLives: SessionLives;
}

/** The dependencies of the use cases of this slice. */
export interface SessionsContext extends SessionsDeps {
  readonly store: SessionStore;
  /** Copies of rows in the memory of this process. */
  readonly live: LiveSessions;
}
