import type { Account } from '../../accounts/index.ts';
import type { AuthenticationContext } from '../context.ts';
import {
  ownBrowserCounter,
  secondStepCounter,
  type VisibleCounter,
} from '../sign-in/attempt-counter.ts';
import { browserOf, type FromBrowser } from '../sign-in/browser.ts';
import { createKnownDeviceStore } from '../sign-in/known-device-store.ts';

interface Attempt extends FromBrowser {
  readonly account: Pick<Account, 'id' | 'proofGeneration' | 'secondFactorSince'>;
  readonly method: 'totp' | 'recovery_code';
}

/**
 * The counter of wrong codes for this browser. A browser in which the account was signed in to since it has a second step has its own
 * one: another person who knows the password cannot lock the owner out there.
 */
export async function findCodeCounter(
  ctx: AuthenticationContext,
  { account, method, ...from }: Attempt,
): Promise<VisibleCounter> {
  const { id: accountId, proofGeneration: generation, secondFactorSince: since } = account;
  const browser = browserOf(from);
  const shared = secondStepCounter(ctx, accountId, method);
  if (browser === null || since === null) return shared;
  const seen = { accountId, deviceFingerprint: browser, since };
  const isOwn = await createKnownDeviceStore(ctx.db).wasSeenSince(seen);
  return isOwn ? ownBrowserCounter(ctx, { accountId, method, browser, generation }) : shared;
}
