import type { Audit } from '../audit/index.ts';
import type { ChangeFeed } from '../platform/change-feed.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { Catalogue } from './scope.ts';

/** The dependencies of the use cases of this slice. */
export interface ScopesContext {
  readonly db: Database;
  readonly feed: ChangeFeed;
  readonly clock: Clock;
  readonly audit: Pick<Audit, 'record'>;
  /** The newest catalogue, read from the database. */
  readonly catalogue: () => Promise<Catalogue>;
}

/** Topic and only key under which every change of the catalogue is announced. */
export const CATALOGUE_TOPIC = 'catalogue';
export const CATALOGUE_KEY = 'all';

/** Writes the audit event of a change of the catalogue, and announces the change to every node, with the commit of `tx`. */
export async function announceChange(
  { audit, feed }: ScopesContext,
  tx: Database,
  event: Parameters<Audit['record']>[1],
): Promise<void> {
  await audit.record(tx, event);
  await feed.publish(tx, CATALOGUE_TOPIC, CATALOGUE_KEY);
}
