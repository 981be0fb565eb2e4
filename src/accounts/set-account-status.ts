import { AppError } from '../platform/app-error.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { Account, AccountStatus } from './account.ts';
import { createAccountStore } from './account-store.ts';
import { refuseLastAdministrator } from './last-administrator.ts';
import type { SignOutDeps } from './sign-out-everywhere.ts';

export interface SetStatusInput {
  readonly accountId: string;
  /** Deleting and restoring have dates: see `markDeleted`. */
  readonly status: Exclude<AccountStatus, 'deleted'>;
  /** Required for `blocked`: the person has a right to know why. */
  readonly reason?: string;
  /** The actor, when that is not the person. */
  readonly actorId?: string;
}

type StatusDeps = Pick<SignOutDeps, 'feed' | 'clock' | 'audit' | 'tokens' | 'sessions'>;

/**
 * Changes the status. Leaving `active` also moves the cut-off, ends every session and revokes every grant, so that an
 * account which is unblocked later comes back without its old sessions and tokens.
 * @throws AppError `account_not_found`, `account_deleted`, `reason_required`, `last_administrator`.
 */
export async function setAccountStatus(
  deps: StatusDeps,
  tx: Database,
  input: SetStatusInput,
): Promise<void> {
  const { accountId, status } = input;
  const reason = input.reason?.trim() ?? '';
  if (status === 'blocked' && reason === '') {
    throw new AppError('invalid', 'reason_required', { fields: { reason: 'reason_required' } });
  }
  const store = createAccountStore(tx);
  if ((await store.lockShared(accountId))?.status === 'deleted') {
    throw new AppError('conflict', 'account_deleted');
  }
  if (mustEnd(status)) await refuseLastAdministrator(tx, accountId);
  const changedAt = deps.clock.now();
  const isFound = await store.setStatus({ accountId, status, reason: reason || null, changedAt });
  if (!isFound) throw new AppError('not_found', 'account_not_found');
  if (mustEnd(status)) {
    await store.setCutOff(accountId, changedAt);
    await deps.tokens.revokeGrants(tx, { accountId });
    await deps.sessions.endAll({ accountId, tx });
  }
  await deps.audit.record(tx, {
    kind: 'account.status_changed',
    accountId,
    actorId: input.actorId ?? null,
    details: { status },
  });
  await deps.feed.publish(tx, 'account', accountId);
}

function mustEnd(status: Account['status']): boolean {
  return status === 'suspended' || status === 'blocked';
}
