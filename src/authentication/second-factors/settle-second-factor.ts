import type { Database } from '../../platform/postgres/postgres.ts';
import type { AuthenticationContext } from '../context.ts';
import { createPasskeyStore } from '../passkeys/passkey-store.ts';
import { createKnownDeviceStore } from '../sign-in/known-device-store.ts';
import { createRecoveryCodeStore } from './recovery-code-store.ts';
import { refuseShortPassword } from './refuse-short-password.ts';
import { createTotpStore } from './totp-store.ts';

/**
 * Ends the second step of the account's sign-ins, with its recovery codes and the trust of browsers, when no second factor is left: no
 * authenticator app, and no passkey for which the owner requires a second step. Call it under {@link AuthenticationContext.accounts}
 * `lock`, after the removal.
 * @throws AppError `password_too_short_alone` (kind `conflict`): the password would be the only factor.
 */
export async function settleSecondFactor(
  ctx: AuthenticationContext,
  tx: Database,
  accountId: string,
): Promise<void> {
  const passkeys = createPasskeyStore(tx);
  const owner = await passkeys.findOwner(accountId);
  const hasPasskeys = (await passkeys.list(accountId)).length > 0;
  if (owner?.requiresSecondStep === true && hasPasskeys) return;
  // Without a passkey the requirement would return with the next one, unnoticed.
  await passkeys.setRequirement({ accountId, requiresSecondStep: false });
  if ((await createTotpStore(tx).find(accountId)) !== null) return;
  await createRecoveryCodeStore(tx).removeAll(accountId);
  await createKnownDeviceStore(tx).endTrust(accountId);
  await ctx.accounts.setSecondFactor(tx, { accountId, since: null });
  await refuseShortPassword(tx, accountId);
}
