import type { Database } from '../../platform/postgres/postgres.ts';
import type { VaultContext } from '../context.ts';
import { createAccountKeyStore } from './account-key-store.ts';

const LISTED_AT_ONCE = 5_000;
const DESTROYED_AT_ONCE = 500;
/** The number of leaves that are destroyed before the table of the tree is rewritten, which takes time. */
const MOST_PER_WIPE = 20 * DESTROYED_AT_ONCE;

/** Version and stored form of the key, for a receipt; they do not reveal it. Null when there is no key. */
export async function describeAccountKey(
  { masterSealer }: VaultContext,
  tx: Database,
  accountId: string,
) {
  const key = await createAccountKeyStore(tx).find(accountId);
  if (key === null) return null;
  const { wrappedKey } = key;
  return { wrappedKey, masterKeyVersion: masterSealer.versionOf(wrappedKey) };
}

/**
 * After the commit no node reads a value of this account. Older copies of the rows become unreadable when {@link
 * destroyDueLeaves} has destroyed the leaf in the key store, immediately afterwards or in the job.
 */
export async function destroyAccountKey(
  { feed }: VaultContext,
  tx: Database,
  accountId: string,
): Promise<void> {
  await createAccountKeyStore(tx).remove(accountId);
  await feed.publish(tx, 'vault', accountId);
}

/**
 * Destroys leaves in the key store that the main database no longer uses. The row of a leaf is removed last: a failure in
 * between is repeated, and repeating changes nothing. Safe to run on every node at once.
 * @returns the number of destroyed leaves.
 * @throws AppError `database_unavailable` while the key store is not reachable; the rows stay.
 */
export async function destroyDueLeaves(
  { db, leaves: keyStore }: VaultContext,
  signal?: AbortSignal,
): Promise<number> {
  // Fails without the key store even if no leaf is due, so that a purge does not begin.
  await keyStore.refresh();
  const store = createAccountKeyStore(db);
  let destroyed = 0;
  while (signal?.aborted !== true) {
    const due = await store.listDueLeaves(MOST_PER_WIPE);
    if (due.length === 0) break;
    for (let begin = 0; begin < due.length; begin += DESTROYED_AT_ONCE) {
      await keyStore.destroy(due.slice(begin, begin + DESTROYED_AT_ONCE));
    }
    await keyStore.wipe();
    await store.removeDueLeaves(due);
    destroyed += due.length;
  }
  return destroyed;
}

/**
 * Accounts whose leaf the key store has destroyed: purged accounts that an older copy of the database still has. Reads every
 * key of the main database, in batches.
 */
export async function listDestroyedAccounts({ db, leaves }: VaultContext): Promise<string[]> {
  const destroyed: string[] = [];
  let after: string | null = null;
  for (;;) {
    const rows = await createAccountKeyStore(db).listLeaves(after, LISTED_AT_ONCE);
    for (const { accountId, leaf } of rows) if (leaves.isDestroyed(leaf)) destroyed.push(accountId);
    after = rows.at(-1)?.accountId ?? null;
    if (rows.length < LISTED_AT_ONCE) return destroyed;
  }
}
