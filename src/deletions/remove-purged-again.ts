import { createAccountDataStore } from './account-data-store.ts';
import type { DeletionsDeps } from './deletions-deps.ts';
import { emptyLedger } from './purge-accounts.ts';

/**
 * Removes accounts that were purged after the dump from which the database was restored: their leaf is destroyed, so nothing of them can be
 * read, and their rows go as in the purge. No second receipt is issued: the person has the first.
 * @returns how many.
 */
export async function removePurgedAgain(deps: DeletionsDeps): Promise<number> {
  const ids = await deps.vault.listDestroyed();
  for (const accountId of ids) {
    await deps.vault.removeBlobs(accountId);
    await emptyLedger(deps, accountId);
    await deps.db.transaction(async (tx) => {
      await deps.ledger.signRemoval(tx, accountId);
      await createAccountDataStore(tx).removeRest(accountId);
      await deps.vault.destroyKey(tx, accountId);
      await deps.accounts.remove(tx, accountId);
    });
  }
  await deps.vault.destroyLeaves();
  return ids.length;
}
