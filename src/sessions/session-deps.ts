import type { Audit } from '../audit/index.ts';
import { AppError } from '../platform/app-error.ts';
import type { ChangeFeed } from '../platform/change-feed.ts';
import type { Clock } from '../platform/clock.ts';
import type { Sealer } from '../platform/keys/encryption.ts';
import type { FreshCache } from '../platform/fresh-cache.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { Tokens } from '../tokens/index.ts';
import type { SessionCopyStore } from './session-copy-store.ts';
import type { SessionDigest } from './session-digest.ts';
import type { SessionStore } from './session-store.ts';

/** The dependencies of the use cases of this slice. */
export interface SessionDeps {
  readonly db: Database;
  readonly feed: ChangeFeed;
  readonly clock: Clock;
  readonly masterSealer: Sealer;
  readonly audit: Pick<Audit, 'record' | 'wasRecorded'>;
  readonly tokens: Pick<Tokens, 'revokeGrants'>;
  readonly store: SessionStore;
  /** Null: there is no Redis. */
  readonly copies: SessionCopyStore | null;
  /** Digest of the live row of a session uid, or null; called only when there are copies. */
  readonly liveRows: FreshCache<string | null>;
  /** Digest of the members whose change makes a write to Postgres necessary. */
  readonly digest: SessionDigest;
  readonly sessionLimit: number;
}

/** Continues without Redis when it cannot be reached: the row in Postgres holds all durable members. */
export async function unlessRedisIsAway<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof AppError && error.code === 'redis_unavailable') return null;
    throw error;
  }
}
