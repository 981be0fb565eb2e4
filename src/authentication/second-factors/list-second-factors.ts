import type { AuthenticationContext } from '../context.ts';
import { createKnownDeviceStore } from '../sign-in/known-device-store.ts';
import { createRecoveryCodeStore } from './recovery-code-store.ts';
import { createTotpStore } from './totp-store.ts';

/** The second step of the sign-ins of an account. */
export interface SecondFactors {
  /** Null: no authenticator app is set up. */
  readonly authenticator: { readonly createdAt: Date; readonly lastUsedAt: Date | null } | null;
  readonly unusedRecoveryCodes: number;
  /** Browsers that need no second step at the moment. */
  readonly trustedBrowsers: number;
}

/** Reads the second factors of an account, without their secrets. */
export async function listSecondFactors(
  { db, clock }: AuthenticationContext,
  { accountId }: { readonly accountId: string },
): Promise<SecondFactors> {
  const credential = await createTotpStore(db).find(accountId);
  return {
    authenticator: credential && {
      createdAt: credential.createdAt,
      lastUsedAt: credential.lastUsedAt,
    },
    unusedRecoveryCodes: await createRecoveryCodeStore(db).countUnused(accountId),
    trustedBrowsers: await createKnownDeviceStore(db).countTrusted(accountId, clock.now()),
  };
}
