import { createFreshCache } from '../../platform/fresh-cache.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import { openAccountSealer, type WrappedAccountKey } from '../keys/account-key.ts';
import { createAccountKeyStore } from '../keys/account-key-store.ts';
import { createAttributeStore, type AttributeRow } from './attribute-store.ts';
import type { Attribute } from './attribute.ts';
import { openAttribute } from './list-attributes.ts';
import type { VaultContext } from '../context.ts';

interface SealedAttributes {
  readonly key: WrappedAccountKey;
  readonly rows: readonly AttributeRow[];
}

const CACHED_ACCOUNTS = 10_000;

/** Reads all values of an account from a copy of its ciphertext, as of at most the feed's freshness bound ago (topic `vault`). */
export function createRecentAttributes(
  ctx: VaultContext,
): (accountId: string) => Promise<Attribute[]> {
  const cache = createFreshCache<SealedAttributes | null>({
    feed: ctx.feed,
    topic: 'vault',
    maxEntries: CACHED_ACCOUNTS,
    load: (accountId) => readSealed(ctx.db, accountId),
  });
  return async (accountId) => {
    const sealed = await cache.get(accountId);
    if (sealed === null) return [];
    const sealer = openAccountSealer(ctx, accountId, sealed.key);
    return sealer === null ? [] : sealed.rows.map((row) => openAttribute(sealer, row));
  };
}

async function readSealed(db: Database, accountId: string): Promise<SealedAttributes | null> {
  const key = await createAccountKeyStore(db).find(accountId);
  if (key === null) return null;
  return { key, rows: await createAttributeStore(db).list(accountId) };
}
