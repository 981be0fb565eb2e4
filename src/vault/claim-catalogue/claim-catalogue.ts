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

/** Keeps one catalogue per node, fresh by topic `catalogue`. */
export function createClaimCatalogue({
  db,
  feed,
}: {
  readonly db: Database;
  readonly feed: ChangeFeed;
}) {
  const load = async () => buildClaimCatalogue(await createCustomClaimStore(db).listAll());
  const cache = createFreshCache({ feed, topic: CATALOGUE_TOPIC, maxEntries: 1, load });
  return {
    /** The same object until something changes, on every node within the freshness bound of the feed. */
    current: (): Promise<ClaimCatalogue> => cache.get(CATALOGUE_KEY),
    /** Always from the database. */
    load,
  };
}

export type ClaimCatalogueReader = ReturnType<typeof createClaimCatalogue>;

/** The claims of this installation, retired ones too, for the catalogue of permissions. */
export function loadCustomClaims(db: Database): Promise<readonly CustomClaim[]> {
  return createCustomClaimStore(db).listAll();
}
