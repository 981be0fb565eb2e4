import type { AuthenticationContext } from '../context.ts';
import { createPasskeyStore } from '../passkeys/passkey-store.ts';
import { createKnownDeviceStore } from '../sign-in/known-device-store.ts';
import { createRecoveryCodeStore } from './recovery-code-store.ts';
import { createTotpStore } from './totp-store.ts';

/** The second step of the sign-ins of an account. */
export interface SecondFactors {
  /** Since when a sign-in has a second step; null: it has none. */
  readonly since: Date | null;
  /** The person requires a second step, for which a passkey is enough. */
  readonly isRequired: boolean;
  /** Null: no authenticator app is set up. */
  readonly authenticator: { readonly createdAt: Date; readonly lastUsedAt: Date | null } | null;
  readonly unusedRecoveryCodes: number;
  /** Browsers that need no second step at the moment. */
  readonly trustedBrowsers: number;
}

/** Reads the second factors of an account, without their secrets. */
export async function listSecondFactors(
  { db, clock, accounts }: AuthenticationContext,
  { accountId }: { readonly accountId: string },
): Promise<SecondFactors> {
  const account = await accounts.read(accountId);
  const credential = await createTotpStore(db).find(accountId);
  const owner = await createPasskeyStore(db).findOwner(accountId);
  return {
    since: account?.secondFactorSince ?? null,
    isRequired: owner?.requiresSecondStep === true,
    authenticator: credential && {
      createdAt: credential.createdAt,
      lastUsedAt: credential.lastUsedAt,
    },
    unusedRecoveryCodes: await createRecoveryCodeStore(db).countUnused(accountId),
    trustedBrowsers: await createKnownDeviceStore(db).countTrusted(accountId, clock.now()),
  };
}
