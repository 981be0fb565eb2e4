import type { Audit } from '../audit/index.ts';
import type { ChangeFeed } from '../platform/change-feed.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { Catalogue } from './scope.ts';

/** The dependencies of the use cases of this slice. */
export interface ScopesDeps {
  readonly db: Database;
  readonly feed: ChangeFeed;
  readonly clock: Clock;
  readonly audit: Pick<Audit, 'record'>;
  /**
   * Names of the claims that the vault can hold, with the moment each was retired; a scope cannot stand for any other.
   * Read again at every call.
   */
  readonly claimNames: () => Promise<ReadonlyMap<string, Date | null>>;
}

/** The same, with the present catalogue. */
export interface ScopesDepsWithCatalogue extends ScopesDeps {
  readonly catalogue: () => Promise<Catalogue>;
}

/** Topic and only key under which every change of the catalogue is announced. */
export const CATALOGUE_TOPIC = 'catalogue';
export const CATALOGUE_KEY = 'all';
