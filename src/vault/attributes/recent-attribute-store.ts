import type { ChangeFeed } from '../../platform/change-feed.ts';
import { createFreshCache } from '../../platform/fresh-cache.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import type { KeyWrapping } from '../keys/account-key.ts';
import { createAttributeStore, type SealedAttributes } from './attribute-store.ts';
import type { Attribute } from './attribute.ts';
import { openAttributes } from './sealed-value.ts';

const CACHED_ACCOUNTS = 10_000;

/**
 * Reads values from copies of their ciphertext in this process, as of at most the freshness bound of the feed ago (topic
 * `vault`). Values are decrypted for one request and not kept longer.
 */
export function createRecentAttributes({
  db,
  feed,
  ...wrapping
}: KeyWrapping & {
  readonly db: Database;
  readonly feed: ChangeFeed;
}) {
  const cache = createFreshCache<SealedAttributes | null>({
    feed,
    topic: 'vault',
    maxEntries: CACHED_ACCOUNTS,
    load: (accountId) => createAttributeStore(db).findSealed(accountId),
  });
  return {
    /** All values of an account, oldest first. */
    async list(accountId: string): Promise<Attribute[]> {
      return openAttributes(wrapping, accountId, await cache.get(accountId));
    },

    /** The named values of one account, by id. Ids of deleted values or of another account are absent. */
    async readReleasable(
      accountId: string,
      attributeIds: readonly string[],
    ): Promise<ReadonlyMap<string, Attribute>> {
      if (attributeIds.length === 0) return new Map();
      const sealed = await cache.get(accountId);
      if (sealed === null) return new Map();
      const rows = sealed.rows.filter(({ id }) => attributeIds.includes(id));
      const found = openAttributes(wrapping, accountId, { ...sealed, rows });
      return new Map(found.map((attribute) => [attribute.id, attribute]));
    },
  };
}

export type RecentAttributes = ReturnType<typeof createRecentAttributes>;

/** Reads of personal values for releases; only `claims/` uses them. */
export type ReleasableAttributes = Pick<RecentAttributes, 'readReleasable'>;
