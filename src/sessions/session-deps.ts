import type { Audit } from '../audit/index.ts';
import { AppError } from '../platform/app-error.ts';
import type { ChangeFeed } from '../platform/change-feed.ts';
import type { Clock } from '../platform/clock.ts';
import type { Sealer } from '../platform/encryption.ts';
import type { FreshCache } from '../platform/fresh-cache.ts';
import type { Database } from '../platform/postgres.ts';
import type { Tokens } from '../tokens/index.ts';
import type { SessionCopyStore } from './session-copy-store.ts';
import type { SessionDigest } from './session-digest.ts';
import type { SessionStore } from './session-store.ts';

/** What the use cases of this slice share. */
export interface SessionDeps {
  readonly db: Database;
  readonly feed: ChangeFeed;
  readonly clock: Clock;
  readonly sealer: Sealer;
  readonly audit: Pick<Audit, 'record' | 'wasRecorded'>;
  readonly tokens: Pick<Tokens, 'revokeGrants'>;
  readonly store: SessionStore;
  /** Null: there is no Redis. */
  readonly copies: SessionCopyStore | null;
  /** Digest of the live row of a session uid, or null; asked only when there are copies. */
  readonly liveRows: FreshCache<string | null>;
  /** What makes a write to Postgres necessary when it changes. */
  readonly digest: SessionDigest;
  readonly sessionLimit: number;
}

/** Goes on without Redis when it is away: the row in Postgres knows all that matters. */
export async function unlessRedisIsAway<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof AppError && error.code === 'redis_unavailable') return null;
    throw error;
  }
}
