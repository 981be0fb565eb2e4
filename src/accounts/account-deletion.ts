import { randomUUID } from 'node:crypto';

import { AppError } from '../platform/app-error.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { AccountDeletion } from './account.ts';
import { createAccountStore } from './account-store.ts';
import { refuseLastAdministrator } from './administrators.ts';
import type { AccountsContext } from './context.ts';
import { endAccess } from './sign-out-everywhere.ts';

interface MarkDeletedInput {
  readonly accountId: string;
  /** Until then it can be restored. */
  readonly purgeAt: Date;
  /** The administrator who does it; absent: the person. */
  readonly actorId?: string;
}

/**
 * Makes an account unusable at once, in `tx`: every session, proof and grant ends, and a restored account does not get
 * them back.
 * @throws AppError `account_not_found`, `account_deleted` when it is already, `last_administrator`.
 */
export async function markDeleted(
  ctx: AccountsContext,
  tx: Database,
  { accountId, purgeAt, actorId }: MarkDeletedInput,
): Promise<AccountDeletion> {
  const store = createAccountStore(tx);
  if (!(await store.lock(accountId))) throw new AppError('not_found', 'account_not_found');
  await refuseLastAdministrator(tx, accountId);
  const deletion: AccountDeletion = {
    deletedAt: ctx.clock.now(),
    purgeAt,
    by: actorId === undefined ? 'person' : 'administrator',
    reference: randomUUID(),
  };
  if (!(await store.markDeleted(accountId, deletion))) {
    throw new AppError('conflict', 'account_deleted');
  }
  await endAccess(ctx, tx, { accountId, at: deletion.deletedAt });
  await ctx.audit.record(tx, {
    kind: 'account.deleted',
    accountId,
    actorId: actorId ?? null,
    details: { purgeAt: purgeAt.toISOString() },
  });
  await ctx.feed.publish(tx, 'account', accountId);
  return deletion;
}

interface RestoreInput {
  readonly accountId: string;
  /** The administrator who restores it; absent: the person, who can undo only their own deletion. */
  readonly actorId?: string;
}

/**
 * Undoes a deletion: the account has its previous state, without its old sessions and tokens.
 * @throws AppError `account_not_restorable` when it is not deleted, its time is over, or another person deleted it.
 */
export async function restoreAccount(
  ctx: AccountsContext,
  tx: Database,
  { accountId, actorId }: RestoreInput,
): Promise<void> {
  const isRestored = await createAccountStore(tx).restore({
    accountId,
    deletedBy: actorId === undefined ? ['person'] : ['person', 'administrator'],
    now: ctx.clock.now(),
  });
  if (!isRestored) throw new AppError('conflict', 'account_not_restorable');
  await ctx.audit.record(tx, { kind: 'account.restored', accountId, actorId: actorId ?? null });
  await ctx.feed.publish(tx, 'account', accountId);
}

/** May the person undo this deletion now? */
export function isRestorable(deletion: AccountDeletion | null, now: Date): boolean {
  return deletion !== null && deletion.by === 'person' && deletion.purgeAt > now;
}

/**
 * Locks a deleted account whose time is over until `tx` ends; null when it is not due, does not exist, or is locked by
 * another transaction.
 */
export async function lockForPurge(
  { clock }: AccountsContext,
  tx: Database,
  accountId: string,
): Promise<AccountDeletion | null> {
  const store = createAccountStore(tx);
  if (!(await store.lockDue(accountId, clock.now()))) return null;
  return (await store.find(accountId))?.deletion ?? null;
}

/** Removes the row with all rows that refer to it. Ids are random and never used again. */
export async function removeAccount(
  { feed }: AccountsContext,
  tx: Database,
  accountId: string,
): Promise<void> {
  await createAccountStore(tx).remove(accountId);
  await feed.publish(tx, 'account', accountId);
}
