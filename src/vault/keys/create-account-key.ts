import type { Database } from '../../platform/postgres/postgres.ts';
import type { VaultContext } from '../context.ts';
import { rewrapKey, wrapNewKey, type KeyWrapping } from './account-key.ts';
import {
  createAccountKeyStore,
  FIRST_TEMPORARY_LEAF,
  type WantedLeaves,
} from './account-key-store.ts';

/** Creates the data key of an account, before its first value. It is stored only in wrapped form. */
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
 * Moves the key of a confirmed account to a leaf in the range of permanent accounts. Otherwise each registered person
 * would leave a separate node in the tree, between the destroyed leaves of unconfirmed registrations. The old leaf is
 * destroyed later, because a read in progress may use the old row.
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

/** More numbers than a fail-over to an older replica can assign twice. */
const MOST_ATTEMPTS = 20;

/**
 * Leaves for new keys; none while nodes of a version without leaves may run. A number that an older state of the
 * database assigns again, and whose leaf is destroyed, is skipped.
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
