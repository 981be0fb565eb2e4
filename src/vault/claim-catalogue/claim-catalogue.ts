import type { ChangeFeed } from '../../platform/change-feed.ts';
import { createFreshCache } from '../../platform/fresh-cache.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import {
  buildClaimCatalogue,
  CATALOGUE_KEY,
  CATALOGUE_TOPIC,
  type ClaimCatalogue,
  type CustomClaim,
} from '../../scopes/index.ts';
import { createCustomClaimStore } from './custom-claim-store.ts';

/** Reads the catalogue; `load` always from the database. */
export interface ClaimCatalogueReader {
  /** The same object until something changes, on every node within the freshness bound of the feed. */
  current(): Promise<ClaimCatalogue>;
  load(): Promise<ClaimCatalogue>;
}

/** Keeps one catalogue per node, fresh by topic `catalogue`. */
export function createClaimCatalogue(deps: {
  readonly db: Database;
  readonly feed: ChangeFeed;
}): ClaimCatalogueReader {
  const load = async () => buildClaimCatalogue(await loadCustomClaims(deps.db));
  const cache = createFreshCache({ feed: deps.feed, topic: CATALOGUE_TOPIC, maxEntries: 1, load });
  return Object.freeze({ current: () => cache.get(CATALOGUE_KEY), load });
}

/** The claims of this installation, retired ones too, for the catalogue of permissions. */
export function loadCustomClaims(db: Database): Promise<readonly CustomClaim[]> {
  return createCustomClaimStore(db).listAll();
}
