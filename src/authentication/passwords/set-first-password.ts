import { AppError } from '../../platform/app-error.ts';
import type { AuthenticationContext } from '../context.ts';
import { notifyAccountOwner, noticeAddresses } from '../notify-account-owner.ts';
import { requireForAccount } from './require-for-account.ts';
import { createPasswordStore } from './password-store.ts';

interface SetFirstPasswordInput {
  readonly accountId: string;
  readonly newPassword: string;
  readonly locale: string;
}

/**
 * Sets the password of a person who is signed in and has none. Callers require a fresh proof of identity, because there is no
 * current password. Sessions and access of apps continue; the owner gets a mail.
 * @throws AppError `password_invalid` (field `newPassword`); `password_exists` when the account has a password.
 */
export async function setFirstPassword(
  ctx: AuthenticationContext,
  { accountId, newPassword, locale }: SetFirstPasswordInput,
): Promise<void> {
  const to = await noticeAddresses(ctx, accountId);
  const entered = { password: newPassword, personal: to };
  await requireForAccount(ctx, ctx.db, { accountId, ...entered });
  const hash = await ctx.hasher.hash(newPassword);
  await ctx.db.transaction(async (tx) => {
    const changedAt = ctx.clock.now();
    const role = await requireForAccount(ctx, tx, { accountId, ...entered });
    const isFirst = await createPasswordStore(tx).insertFirst({ accountId, hash, changedAt, role });
    if (!isFirst) throw new AppError('conflict', 'password_exists');
    await ctx.audit.record(tx, { kind: 'password.changed', accountId });
    const notice = { template: 'password-set', locale } as const;
    await notifyAccountOwner(ctx, tx, { accountId, to, notice });
  });
}
