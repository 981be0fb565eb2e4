import { AppError } from '../platform/app-error.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { AccountStatus } from './account.ts';
import { createAccountStore } from './account-store.ts';
import { refuseLastAdministrator } from './administrators.ts';
import type { AccountsContext } from './context.ts';
import { endAccess } from './sign-out-everywhere.ts';

export interface SetStatusInput {
  readonly accountId: string;
  /** Deleting and restoring have dates: see `markDeleted`. */
  readonly status: Exclude<AccountStatus, 'deleted'>;
  /** Required for `blocked`: the person has a right to know why. */
  readonly reason?: string;
  /** The actor, when that is not the person. */
  readonly actorId?: string;
}

/**
 * Changes the status. Leaving `active` also moves the cut-off, ends every session and revokes every grant, so that an
 * account which is unblocked later comes back without its old sessions and tokens.
 * @throws AppError `account_not_found`, `account_deleted`, `reason_required`, `last_administrator`.
 */
export async function setAccountStatus(
  ctx: AccountsContext,
  tx: Database,
  input: SetStatusInput,
): Promise<void> {
  const { accountId, status, actorId = null } = input;
  const reason = input.reason?.trim() || null;
  if (status === 'blocked' && reason === null) {
    throw new AppError('invalid', 'reason_required', { fields: { reason: 'reason_required' } });
  }
  const store = createAccountStore(tx);
  if ((await store.lockShared(accountId))?.status === 'deleted') {
    throw new AppError('conflict', 'account_deleted');
  }
  const mustEnd = status === 'suspended' || status === 'blocked';
  if (mustEnd) await refuseLastAdministrator(tx, accountId);
  const at = ctx.clock.now();
  const isFound = await store.setStatus({ accountId, status, reason, changedAt: at });
  if (!isFound) throw new AppError('not_found', 'account_not_found');
  if (mustEnd) await endAccess(ctx, tx, { accountId, at });
  const details = { status };
  await ctx.audit.record(tx, { kind: 'account.status_changed', accountId, actorId, details });
  await ctx.feed.publish(tx, 'account', accountId);
}
