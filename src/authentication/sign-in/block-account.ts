import type { SetStatusInput } from '../../accounts/index.ts';
import { AppError } from '../../platform/app-error.ts';
import { provenEmail } from '../../vault/index.ts';
import type { AuthenticationContext } from '../context.ts';
import { FALLBACK_LOCALE } from '../../platform/languages.ts';

interface BlockAccountInput {
  readonly accountId: string;
  /** The person reads it in the mail. */
  readonly reason: string;
  /** The administrator who blocks; absent: an operator at the command line. */
  readonly actorId?: string;
}

type UnblockAccountInput = Omit<BlockAccountInput, 'reason'>;

/**
 * Blocks a person: no sign-in, and every session, grant and token ends on every node. The person gets a mail with the
 * reason.
 * @throws AppError `account_not_found`, `account_deleted`, `reason_required`, `last_administrator`.
 */
export async function blockAccount(
  ctx: AuthenticationContext,
  input: BlockAccountInput,
): Promise<void> {
  await changeStatus(ctx, { ...input, status: 'blocked' }, 'account-blocked');
}

/**
 * Lets a blocked or suspended person sign in again, without the old sessions and tokens. The person gets a mail.
 * @throws AppError `account_not_found`, `account_deleted`, `account_not_blocked`.
 */
export async function unblockAccount(
  ctx: AuthenticationContext,
  input: UnblockAccountInput,
): Promise<void> {
  await changeStatus(ctx, { ...input, status: 'active' }, 'account-unblocked');
}

async function changeStatus(
  ctx: AuthenticationContext,
  change: SetStatusInput,
  template: 'account-blocked' | 'account-unblocked',
): Promise<void> {
  const { db, accounts, vault, mailer } = ctx;
  await db.transaction(async (tx) => {
    const account = await accounts.hold(tx, change.accountId);
    const isUnblocking = change.status === 'active';
    if (isUnblocking && (account?.status === 'active' || account?.status === 'temporary'))
      throw new AppError('conflict', 'account_not_blocked');
    await accounts.setStatus(tx, change);
    const to = provenEmail(await vault.listAttributes(change.accountId));
    if (to === undefined) return;
    const values = { reason: change.reason?.trim() ?? '' };
    await mailer.enqueue(tx, { to, template, locale: account?.locale ?? FALLBACK_LOCALE, values });
  });
}
