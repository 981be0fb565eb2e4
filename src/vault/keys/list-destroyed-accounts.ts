import type { LeafKeys } from '../../platform/keys/key-store.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import { createAccountKeyStore } from './account-key-store.ts';

const BATCH = 5_000;

/** Accounts whose leaf the key store has destroyed. Reads every key of the main database, in batches. */
export async function listDestroyedAccounts({
  db,
  leaves,
}: {
  readonly db: Database;
  readonly leaves: LeafKeys;
}): Promise<string[]> {
  const destroyed: string[] = [];
  let after: string | null = null;
  for (;;) {
    const rows = await createAccountKeyStore(db).listLeaves(after, BATCH);
    for (const { accountId, leaf } of rows) if (leaves.isDestroyed(leaf)) destroyed.push(accountId);
    after = rows.at(-1)?.accountId ?? null;
    if (rows.length < BATCH) return destroyed;
  }
}
