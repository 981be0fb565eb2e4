import type { AuthenticationParts } from './authentication-parts.ts';
import { createAddressMessageStore } from './proofs/address-message-store.ts';
import { createKnownDeviceStore } from './sign-in/known-device-store.ts';
import { MESSAGES_SECONDS } from './proofs/limit-messages.ts';
import { createOneTimeCodeStore } from './proofs/one-time-code-store.ts';
import { createSignInFailureStore } from './sign-in/sign-in-failure-store.ts';

// Wrong guesses are counted over a day and ten minutes.
const CODES_SECONDS = 26 * 3_600;
const FAILURES_SECONDS = 30 * 86_400;
const HARD_STOP = 100;
const DEVICES_SECONDS = 180 * 86_400;

/** Deletes what has served: codes after a day, counters after a month, devices after half a year. */
export async function purgeAuthentication(parts: AuthenticationParts): Promise<number> {
  const before = (seconds: number) => new Date(parts.clock.now().getTime() - seconds * 1000);
  const codes = await createOneTimeCodeStore(parts.db).deleteCreatedBefore(before(CODES_SECONDS));
  const failures = await createSignInFailureStore(parts.db).deleteOlderThan(
    before(FAILURES_SECONDS),
    HARD_STOP,
  );
  const devices = await createKnownDeviceStore(parts.db).deleteUnseenSince(before(DEVICES_SECONDS));
  const messages = await createAddressMessageStore(parts.db).deleteSentBefore(
    before(MESSAGES_SECONDS),
  );
  return codes + failures + devices + messages;
}
