import { randomUUID } from 'node:crypto';

import { AppError } from '../platform/app-error.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { AccountDeletion } from './account.ts';
import { createAccountDeletionStore } from './account-deletion-store.ts';
import { createAccountStore } from './account-store.ts';
import { refuseLastAdministrator } from './last-administrator.ts';
import type { SignOutDeps } from './sign-out-everywhere.ts';

export interface MarkDeletedInput {
  readonly accountId: string;
  /** Until then it can be restored. */
  readonly purgeAt: Date;
  /** The administrator who does it; absent: the person. */
  readonly actorId?: string;
}

export interface RestoreInput {
  readonly accountId: string;
  /** The administrator who does it; absent: the person, who can take back only their own deletion. */
  readonly actorId?: string;
}

type Deps = Pick<SignOutDeps, 'feed' | 'clock' | 'audit' | 'tokens' | 'sessions'>;

/**
 * Makes an account unusable at once, in `tx`: every session, proof and grant ends with it, and does not come back with it.
 * @throws AppError `account_not_found`, `account_deleted` when it is already, `last_administrator`.
 */
export async function markDeleted(
  deps: Deps,
  tx: Database,
  { accountId, purgeAt, actorId }: MarkDeletedInput,
): Promise<AccountDeletion> {
  const store = createAccountDeletionStore(tx);
  if (!(await store.lock(accountId))) throw new AppError('not_found', 'account_not_found');
  await refuseLastAdministrator(tx, accountId);
  const deletion: AccountDeletion = {
    deletedAt: deps.clock.now(),
    purgeAt,
    by: actorId === undefined ? 'person' : 'administrator',
    reference: randomUUID(),
  };
  if (!(await store.markDeleted(accountId, deletion))) {
    throw new AppError('conflict', 'account_deleted');
  }
  await createAccountStore(tx).setCutOff(accountId, deletion.deletedAt);
  await deps.tokens.revokeGrants(tx, { accountId });
  await deps.sessions.endAll({ accountId, tx });
  await deps.audit.record(tx, {
    kind: 'account.deleted',
    accountId,
    actorId: actorId ?? null,
    details: { purgeAt: purgeAt.toISOString() },
  });
  await deps.feed.publish(tx, 'account', accountId);
  return deletion;
}

/**
 * Takes a deletion back: the account is what it was, without its old sessions and tokens.
 * @throws AppError `account_not_restorable` when it is not deleted, its time is over, or another person deleted it.
 */
export async function restoreAccount(
  deps: Deps,
  tx: Database,
  { accountId, actorId }: RestoreInput,
): Promise<void> {
  const isRestored = await createAccountDeletionStore(tx).restore({
    accountId,
    deletedBy: actorId === undefined ? ['person'] : ['person', 'administrator'],
    now: deps.clock.now(),
  });
  if (!isRestored) throw new AppError('conflict', 'account_not_restorable');
  await deps.audit.record(tx, { kind: 'account.restored', accountId, actorId: actorId ?? null });
  await deps.feed.publish(tx, 'account', accountId);
}

/** May the person themselves take this deletion back now? */
export function isRestorable(deletion: AccountDeletion | null, now: Date): boolean {
  return deletion !== null && deletion.by === 'person' && deletion.purgeAt > now;
}
