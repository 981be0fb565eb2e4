import type { Sealer } from '../../platform/keys/encryption.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import type { VaultContext } from '../context.ts';
import { lockAccountSealer } from '../keys/find-account-sealer.ts';
import { createAttributeStore } from './attribute-store.ts';
import type { Attribute } from './attribute.ts';
import { openAttribute } from './sealed-value.ts';

/** An account whose values no other request changes until `tx` ends. */
export interface LockedAccount {
  readonly tx: Database;
  readonly accountId: string;
  readonly sealer: Sealer;
  /** All values, oldest first. */
  readonly attributes: readonly Attribute[];
}

/** Locks an account and reads its values. @throws AppError `account_not_found`. */
export async function lockAccount(
  ctx: VaultContext,
  tx: Database,
  accountId: string,
): Promise<LockedAccount> {
  // Both statements are sent together; the list is read after the lock is granted.
  const [sealer, rows] = await Promise.all([
    lockAccountSealer(ctx, tx, accountId),
    createAttributeStore(tx).list(accountId),
  ]);
  return { tx, accountId, sealer, attributes: rows.map((row) => openAttribute(sealer, row)) };
}

/** Changes values of one account in a transaction. With the commit every node drops its copies of them. */
export function changeAccount<T>(
  ctx: VaultContext,
  accountId: string,
  work: (account: LockedAccount) => Promise<T>,
): Promise<T> {
  return ctx.db.transaction(async (tx) => {
    const result = await work(await lockAccount(ctx, tx, accountId));
    await ctx.feed.publish(tx, 'vault', accountId);
    return result;
  });
}
