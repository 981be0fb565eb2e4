import type { Database } from '../../platform/postgres/postgres.ts';
import type { VaultContext } from '../context.ts';
import { rewrapKey, wrapNewKey, type KeyWrapping } from './account-key.ts';
import {
  createAccountKeyStore,
  FIRST_TEMPORARY_LEAF,
  type WantedLeaves,
} from './account-key-store.ts';

/** Gives an account its data key. It is stored wrapped only. The first value of the account needs it. */
export async function createAccountKey(
  ctx: VaultContext,
  tx: Database,
  accountId: string,
): Promise<void> {
  await insertKey(ctx, tx, { accountId, isTemporary: false });
}

/** As {@link createAccountKey}, for a temporary account; {@link makeKeyLasting} follows when the account is confirmed. */
export async function createTemporaryAccountKey(
  ctx: VaultContext,
  tx: Database,
  accountId: string,
): Promise<void> {
  await insertKey(ctx, tx, { accountId, isTemporary: true });
}

async function insertKey(
  ctx: VaultContext,
  tx: Database,
  { accountId, isTemporary }: { readonly accountId: string; readonly isTemporary: boolean },
): Promise<void> {
  const [leaf = null] = await takeLeaves(ctx, tx, { count: 1, isTemporary });
  const key = wrapNewKey(ctx, { accountId, leaf });
  await createAccountKeyStore(tx).insertMany([{ accountId, ...key, createdAt: ctx.clock.now() }]);
}

/**
 * Moves the key of an account that was temporary under a leaf among those of lasting accounts. Otherwise each registered
 * person would leave a node of their own in the tree, between the destroyed leaves of registrations that were never
 * confirmed. The old leaf is destroyed later: a read under way may have the old row.
 */
export async function makeKeyLasting(
  ctx: VaultContext,
  tx: Database,
  accountId: string,
): Promise<void> {
  const store = createAccountKeyStore(tx);
  const stored = await store.lock(accountId);
  if (stored?.leaf == null || stored.leaf < FIRST_TEMPORARY_LEAF) return;
  const [leaf] = await takeLeaves(ctx, tx, { count: 1 });
  if (leaf === undefined) return;
  await store.replace(accountId, rewrapKey(ctx, { accountId, leaf }, stored), stored.leaf);
  await ctx.feed.publish(tx, 'vault', accountId);
}

/** More than a failover to an older replica can give twice. */
const MOST_ATTEMPTS = 20;

/**
 * Leaves for new keys; none while nodes of a version without leaves may still serve. A number that a database of an older
 * state gives again, and whose leaf was destroyed meanwhile, is left out.
 */
export async function takeLeaves(
  { leaves }: Pick<KeyWrapping, 'leaves'>,
  tx: Database,
  { count, ...wanted }: WantedLeaves,
): Promise<number[]> {
  const store = createAccountKeyStore(tx);
  const taken: number[] = [];
  for (let attempt = 0; attempt < MOST_ATTEMPTS && taken.length < count; attempt += 1) {
    const given = await store.takeLeaves({ ...wanted, count: count - taken.length });
    if (given.length === 0) return [];
    taken.push(...given.filter((leaf) => !leaves.isDestroyed(leaf)));
  }
  if (taken.length < count) throw new Error('the leaves of the key tree were used before');
  return taken;
}
