import type { Database } from '../../platform/postgres/postgres.ts';
import { rewrapKey } from './account-key.ts';
import { createAccountKeyStore, FIRST_TEMPORARY_LEAF } from './account-key-store.ts';
import { takeLeaves } from './create-account-key.ts';
import { createLeavesToDestroyStore } from './leaves-to-destroy-store.ts';
import type { VaultContext } from '../context.ts';

/**
 * Moves the key of an account that was temporary under a leaf among those of lasting accounts. Otherwise each registered person would
 * leave a node of its own in the tree, between the destroyed leaves of registrations that were never confirmed. The old leaf is destroyed
 * later: a read under way may have the old row.
 */
export async function keepAccountKey(
  ctx: VaultContext,
  tx: Database,
  accountId: string,
): Promise<void> {
  const store = createAccountKeyStore(tx);
  const stored = await store.lock(accountId);
  if (stored?.leaf == null || stored.leaf < FIRST_TEMPORARY_LEAF) return;
  const [leaf] = await takeLeaves(ctx, tx, { count: 1 });
  if (leaf === undefined) return;
  await store.replace(accountId, rewrapKey(ctx, { accountId, leaf }, stored));
  await createLeavesToDestroyStore(tx).noteForLater(stored.leaf);
  await ctx.feed.publish(tx, 'vault', accountId);
}
