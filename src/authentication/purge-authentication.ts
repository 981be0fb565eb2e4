import { createAlertStore } from './alerts/alert-store.ts';
import type { AuthenticationContext } from './context.ts';
import { createAddressMessageStore } from './proofs/address-message-store.ts';
import { createKnownDeviceStore } from './sign-in/known-device-store.ts';
import { MESSAGES_SECONDS } from './proofs/limit-messages.ts';
import { createPasskeyChallengeStore } from './passkeys/passkey-challenge-store.ts';
import { createCodeStore } from './proofs/code-store.ts';
import { createSignInFailureStore } from './sign-in/sign-in-failure-store.ts';

// Wrong attempts are counted over a day and ten minutes.
const CODES_SECONDS = 26 * 3_600;
const FAILURES_SECONDS = 30 * 86_400;
const HARD_STOP = 100;
const DEVICES_SECONDS = 180 * 86_400;

/**
 * Deletes codes after a day, counters after a month, devices after half a year, alerts and answered challenges when they expire.
 * @returns the number of rows.
 */
export async function purgeAuthentication(ctx: AuthenticationContext): Promise<number> {
  const before = (seconds: number) => new Date(ctx.clock.now().getTime() - seconds * 1000);
  const codes = await createCodeStore(ctx.db).deleteCreatedBefore(before(CODES_SECONDS));
  const failures = await createSignInFailureStore(ctx.db).deleteOlderThan(
    before(FAILURES_SECONDS),
    HARD_STOP,
  );
  const devices = await createKnownDeviceStore(ctx.db).deleteUnseenSince(before(DEVICES_SECONDS));
  const messages = await createAddressMessageStore(ctx.db).deleteSentBefore(
    before(MESSAGES_SECONDS),
  );
  const alerts = await createAlertStore(ctx.db).deleteExpired(ctx.clock.now());
  const challenges = await createPasskeyChallengeStore(ctx.db).deleteExpired(ctx.clock.now());
  return codes + failures + devices + messages + alerts + challenges;
}
