import { AppError } from '../../platform/app-error.ts';
import type { AuthenticationContext } from '../context.ts';
import { createKnownDeviceStore } from '../sign-in/known-device-store.ts';
import { notify } from './recovery-codes.ts';
import { settleSecondFactor } from './settle-second-factor.ts';
import { createTotpStore } from './totp-store.ts';

interface AccountInput {
  readonly accountId: string;
}

/**
 * Removes the authenticator app. When it was the last second factor, a sign-in then needs one step; the recovery codes and the trust of
 * browsers end with the second one. The owner gets a mail.
 * @throws AppError `authenticator_not_found`, `password_too_short_alone`.
 */
export async function removeTotp(
  ctx: AuthenticationContext,
  { accountId }: AccountInput,
): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    await ctx.accounts.lock(tx, accountId);
    const isRemoved = await createTotpStore(tx).remove(accountId);
    if (!isRemoved) throw new AppError('not_found', 'authenticator_not_found');
    await settleSecondFactor(ctx, tx, accountId);
    await ctx.audit.record(tx, { kind: 'authenticator.removed', accountId });
    await notify(ctx, tx, { accountId, template: 'authenticator-removed', values: {} });
  });
}

/** Every browser needs the second step again. */
export async function endBrowserTrust(
  ctx: AuthenticationContext,
  { accountId }: AccountInput,
): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    await createKnownDeviceStore(tx).endTrust(accountId);
    await ctx.audit.record(tx, { kind: 'trusted_browsers.removed', accountId });
  });
}
