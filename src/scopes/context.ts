import type { Audit } from '../audit/index.ts';
import type { ChangeFeed } from '../platform/change-feed.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { CustomClaim } from './claims/custom-claim.ts';
import type { Catalogue } from './scope.ts';

/** The dependencies of the use cases of this slice. */
export interface ScopesContext {
  readonly db: Database;
  readonly feed: ChangeFeed;
  readonly clock: Clock;
  readonly audit: Pick<Audit, 'record'>;
  /** The claims of this installation, retired ones too. Read again at every call. */
  readonly customClaims: () => Promise<readonly CustomClaim[]>;
  /** The newest catalogue, read from the database. */
  readonly catalogue: () => Promise<Catalogue>;
}

/** Topic and only key under which every change of the catalogue is announced. */
export const CATALOGUE_TOPIC = 'catalogue';
export const CATALOGUE_KEY = 'all';

/** Writes a change of the catalogue, its audit event and the announcement to every node in one transaction. */
export function changeCatalogue<T>(
  ctx: ScopesContext,
  event: Parameters<Audit['record']>[1],
  write: (tx: Database) => Promise<T>,
): Promise<T> {
  return ctx.db.transaction(async (tx) => {
    const written = await write(tx);
    await ctx.audit.record(tx, event);
    await ctx.feed.publish(tx, CATALOGUE_TOPIC, CATALOGUE_KEY);
    return written;
  });
}
