import type { ChangeFeed } from '../../platform/change-feed.ts';
import { createFreshCache } from '../../platform/fresh-cache.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import { CATALOGUE_KEY, CATALOGUE_TOPIC } from '../../scopes/index.ts';
import type { ClaimDefinition } from './claim-definition.ts';
import { CLAIM_DEFINITIONS, findClaimDefinition } from './claim-definitions.ts';
import { toDefinition, type CustomClaim } from './custom-claim.ts';
import { createCustomClaimStore } from './custom-claim-store.ts';

/** Every claim at one moment: the standard ones and those of this installation. Frozen; a change makes a new one. */
export interface ClaimCatalogue {
  /** Retired ones too: kept values and the history need the titles. */
  find(name: string): ClaimDefinition | undefined;
  /** Claims that can be kept and requested now, in the order of pages: standard ones first. */
  readonly live: readonly ClaimDefinition[];
  /** Claims that administrators defined, retired ones too. */
  readonly custom: readonly CustomClaim[];
}

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
  const load = async () => buildClaimCatalogue(await createCustomClaimStore(deps.db).listAll());
  const cache = createFreshCache({ feed: deps.feed, topic: CATALOGUE_TOPIC, maxEntries: 1, load });
  return Object.freeze({ current: () => cache.get(CATALOGUE_KEY), load });
}

/** Names of all present and former claims, with the moment they were retired: permissions can cover any of them. */
export async function loadClaimNames(db: Database): Promise<ReadonlyMap<string, Date | null>> {
  const { custom } = buildClaimCatalogue(await createCustomClaimStore(db).listAll());
  return new Map([
    ...CLAIM_DEFINITIONS.map(({ name }) => [name, null] as const),
    ...custom.map(({ name, retiredAt }) => [name, retiredAt] as const),
  ]);
}

/** Puts the standard claims and those of this installation together; a standard one always wins. */
export function buildClaimCatalogue(rows: readonly CustomClaim[]): ClaimCatalogue {
  const custom = rows.filter(({ name }) => findClaimDefinition(name) === undefined);
  const definitions = [...CLAIM_DEFINITIONS, ...custom.map(toDefinition)];
  const byName = new Map(definitions.map((definition) => [definition.name, definition]));
  return Object.freeze({
    find: (name: string) => byName.get(name),
    live: definitions.filter(({ retiredAt }) => retiredAt === null),
    custom,
  });
}
