import type { Account } from '../../accounts/index.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import type { AuthenticationContext } from '../context.ts';
import { browserOf, type FromBrowser } from '../sign-in/browser.ts';
import { createKnownDeviceStore } from '../sign-in/known-device-store.ts';
import type { RequiredProof } from '../sign-in/sign-in-outcome.ts';

interface Question extends FromBrowser {
  readonly account: Pick<Account, 'id' | 'secondFactorSince'>;
  readonly required: RequiredProof;
}

/**
 * Does this sign-in need a second step? Every way of signing in with a password, code or link calls it after the first step was
 * right. A browser that the person trusts needs none, until the trust ends or the person signs out everywhere.
 */
export async function needsSecondStep(
  { clock }: Pick<AuthenticationContext, 'clock'>,
  db: Database,
  { account, required, ...from }: Question,
): Promise<boolean> {
  if (account.secondFactorSince === null) return false;
  const browser = browserOf(from);
  if (required === 'every_step' || browser === null) return true;
  return !(await createKnownDeviceStore(db).isTrusted({
    accountId: account.id,
    deviceFingerprint: browser,
    at: clock.now(),
  }));
}
