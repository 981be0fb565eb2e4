import type { LeafKeys } from '../../platform/keys/key-store.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import { wrapNewKey } from './account-key.ts';
import { createAccountKeyStore, type WantedLeaves } from './account-key-store.ts';
import type { VaultContext } from '../context.ts';

export interface NewAccountKey {
  readonly accountId: string;
  /** The account is temporary; see `keepAccountKey` for one that stays. */
  readonly isTemporary?: true;
}

/** Gives an account its data key. It exists in clear only inside a call that uses it. */
export async function createAccountKey(
  ctx: Pick<VaultContext, 'masterSealer' | 'leaves' | 'clock'>,
  tx: Database,
  { accountId, isTemporary }: NewAccountKey,
): Promise<void> {
  const wanted = { count: 1, ...(isTemporary === true && { isTemporary }) };
  const [leaf = null] = await takeLeaves(ctx, tx, wanted);
  const row = {
    accountId,
    ...wrapNewKey(ctx, { accountId, leaf }),
    createdAt: ctx.clock.now(),
  };
  await createAccountKeyStore(tx).insertMany([row]);
}

/** More than a failover to an older replica can give twice. */
const MOST_ATTEMPTS = 20;

/**
 * Leaves for new keys; none while nodes of a version without leaves may still serve. A number that a database of an older state gives
 * again, and whose leaf was destroyed meanwhile, is left out.
 */
export async function takeLeaves(
  { leaves }: { readonly leaves: LeafKeys },
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
