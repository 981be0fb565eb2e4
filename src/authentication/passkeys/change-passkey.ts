import { AppError } from '../../platform/app-error.ts';
import { cleanLine } from '../../platform/clean-text.ts';
import type { AuthenticationContext } from '../context.ts';
import { notify } from '../second-factors/recovery-codes.ts';
import { settleSecondFactor } from '../second-factors/settle-second-factor.ts';
import { sealerOf } from '../second-factors/totp-credential.ts';
import { passkeyNameContext } from './passkey.ts';
import { createPasskeyStore } from './passkey-store.ts';

/** The number of characters of a passkey's name. */
const LONGEST_NAME = 60;

interface PasskeyRef {
  readonly accountId: string;
  readonly passkeyId: string;
}

/** @throws AppError `name_invalid` (kind `invalid`, field `name`), `passkey_not_found`. */
export async function renamePasskey(
  ctx: AuthenticationContext,
  { accountId, passkeyId: id, name }: PasskeyRef & { readonly name: string },
): Promise<void> {
  const cleaned = cleanLine(name, LONGEST_NAME);
  if ('code' in cleaned)
    throw new AppError('invalid', 'name_invalid', { fields: { name: cleaned.code } });
  const sealer = await sealerOf(ctx, accountId);
  const sealedName = sealer.seal(cleaned.text, passkeyNameContext({ accountId, id }));
  const isRenamed = await createPasskeyStore(ctx.db).rename({ accountId, id }, sealedName);
  if (!isRenamed) throw notFound();
}

/**
 * Removes a passkey; no sign-in accepts it any more. When it was the last second factor, sign-ins need one step again. The owner gets a
 * mail.
 * @throws AppError `passkey_not_found`, `password_too_short_alone`.
 */
export async function removePasskey(
  ctx: AuthenticationContext,
  { accountId, passkeyId: id }: PasskeyRef,
): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    await ctx.accounts.lock(tx, accountId);
    if (!(await createPasskeyStore(tx).remove({ accountId, id }))) throw notFound();
    await settleSecondFactor(ctx, tx, accountId);
    await ctx.audit.record(tx, { kind: 'passkey.removed', accountId });
    await notify(ctx, tx, { accountId, template: 'passkey-removed', values: {} });
  });
}

function notFound(): AppError {
  return new AppError('not_found', 'passkey_not_found');
}
