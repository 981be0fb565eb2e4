import { createAccountDataStore } from './account-data-store.ts';
import type { DeletionsContext } from './context.ts';
import { emptyLedger } from './purge-accounts.ts';

/**
 * Removes accounts that were purged after the dump from which the database was restored. Their keys are destroyed, so that
 * their values cannot be read; this removes their rows as the purge did. No second receipt is issued: the person has the first.
 * @returns how many accounts were removed.
 */
export async function removePurgedAgain(ctx: DeletionsContext): Promise<number> {
  const ids = await ctx.vault.listDestroyed();
  for (const accountId of ids) {
    await ctx.vault.removeBlobs(accountId);
    await emptyLedger(ctx, accountId);
    await ctx.db.transaction(async (tx) => {
      await ctx.ledger.signRemoval(tx, accountId);
      await createAccountDataStore(tx).removeRest(accountId);
      await ctx.vault.destroyKey(tx, accountId);
      await ctx.accounts.remove(tx, accountId);
    });
  }
  await ctx.vault.destroyLeaves();
  return ids.length;
}
