import { AppError } from '../../platform/app-error.ts';
import { currentLocale } from '../../platform/request-context.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import type { AuthenticationContext } from '../context.ts';
import { notifyAccountOwner, readNoticeAddresses } from '../notify-account-owner.ts';
import { createRecoveryCodes, recoveryCodeIndex } from './recovery-code.ts';
import { createRecoveryCodeStore } from './recovery-code-store.ts';
import type { OneTimeUse } from './totp-credential.ts';

/** Compares a code with the unused recovery codes of the account. Its use is mailed to the owner. @returns null for a wrong code. */
export async function matchRecoveryCode(
  ctx: AuthenticationContext,
  { accountId, code }: { readonly accountId: string; readonly code: string },
): Promise<OneTimeUse | null> {
  const index = recoveryCodeIndex(ctx.recoveryCodeKey, accountId, code);
  if (!(await createRecoveryCodeStore(ctx.db).isUnused(accountId, index))) return null;
  return async (tx) => {
    const usedAt = ctx.clock.now();
    const left = await createRecoveryCodeStore(tx).use({ accountId, index, usedAt });
    if (left === null) return false;
    await ctx.audit.record(tx, { kind: 'recovery_code.used', accountId, details: { left } });
    await notify(ctx, tx, { accountId, template: 'recovery-code-used', values: { left } });
    return true;
  };
}

/**
 * Makes a new set of ten codes in place of the earlier ones. They are returned once; the server keeps only their fingerprints.
 * @throws AppError `second_factor_missing` (kind `conflict`) when the sign-in has no second step.
 */
export async function replaceRecoveryCodes(
  ctx: AuthenticationContext,
  { accountId }: { readonly accountId: string },
): Promise<readonly string[]> {
  return ctx.db.transaction(async (tx) => {
    const account = await ctx.accounts.hold(tx, accountId);
    if (account === null || account.secondFactorSince === null)
      throw new AppError('conflict', 'second_factor_missing');
    const codes = await saveNewCodes(ctx, tx, accountId);
    await ctx.audit.record(tx, { kind: 'recovery_codes.created', accountId });
    await notify(ctx, tx, { accountId, template: 'recovery-codes-created', values: {} });
    return codes;
  });
}

/** The same as a part of another change. */
export async function saveNewCodes(
  ctx: AuthenticationContext,
  tx: Database,
  accountId: string,
): Promise<readonly string[]> {
  const codes = createRecoveryCodes();
  const indexes = codes.map((code) => recoveryCodeIndex(ctx.recoveryCodeKey, accountId, code));
  await createRecoveryCodeStore(tx).replace({ accountId, indexes, createdAt: ctx.clock.now() });
  return codes;
}

interface NoticeInput {
  readonly accountId: string;
  readonly template: Parameters<typeof notifyAccountOwner>[2]['notice']['template'];
  readonly values: Readonly<Record<string, number>>;
}

/** Mails a notice to every proven address of the account. */
export async function notify(
  ctx: AuthenticationContext,
  tx: Database,
  { accountId, template, values }: NoticeInput,
): Promise<void> {
  const account = await ctx.accounts.hold(tx, accountId);
  const to = await readNoticeAddresses(ctx, tx, accountId);
  const notice = { template, locale: account?.locale ?? currentLocale(), values };
  await notifyAccountOwner(ctx, tx, { accountId, to, notice });
}
