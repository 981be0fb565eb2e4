import { AppError } from '../../platform/app-error.ts';
import type { AuthenticationContext } from '../context.ts';
import { createPasskeyStore } from '../passkeys/passkey-store.ts';
import { notify, saveNewCodes } from './recovery-codes.ts';
import { settleSecondFactor } from './settle-second-factor.ts';

interface AccountInput {
  readonly accountId: string;
}

/**
 * Requires a second step after a password or a code: a passkey is enough for it. A passkey alone does not, because it replaces the
 * password. The owner gets a mail.
 * @returns recovery codes, which are shown once; null when the sign-in had a second step before, and keeps its codes.
 * @throws AppError `passkey_missing` (kind `conflict`).
 */
export async function requireSecondStep(
  ctx: AuthenticationContext,
  { accountId }: AccountInput,
): Promise<readonly string[] | null> {
  return ctx.db.transaction(async (tx) => {
    await ctx.accounts.lock(tx, accountId);
    const passkeys = createPasskeyStore(tx);
    if ((await passkeys.list(accountId)).length === 0)
      throw new AppError('conflict', 'passkey_missing');
    const owner = await passkeys.findOwner(accountId);
    if (owner?.requiresSecondStep === true) return null;
    await passkeys.setRequirement({ accountId, requiresSecondStep: true });
    await ctx.audit.record(tx, { kind: 'second_step.required', accountId });
    await notify(ctx, tx, { accountId, template: 'second-step-required', values: {} });
    const account = await ctx.accounts.hold(tx, accountId);
    if (account === null || account.secondFactorSince !== null) return null;
    await ctx.accounts.setSecondFactor(tx, { accountId, since: ctx.clock.now() });
    return saveNewCodes(ctx, tx, accountId);
  });
}

/**
 * Ends the requirement; an authenticator app keeps the second step. The owner gets a mail.
 * @throws AppError `password_too_short_alone`.
 */
export async function stopRequiringSecondStep(
  ctx: AuthenticationContext,
  { accountId }: AccountInput,
): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    await ctx.accounts.lock(tx, accountId);
    const passkeys = createPasskeyStore(tx);
    const owner = await passkeys.findOwner(accountId);
    if (owner?.requiresSecondStep !== true) return;
    await passkeys.setRequirement({ accountId, requiresSecondStep: false });
    await settleSecondFactor(ctx, tx, accountId);
    await ctx.audit.record(tx, { kind: 'second_step.optional', accountId });
    await notify(ctx, tx, { accountId, template: 'second-step-optional', values: {} });
  });
}
