import { currentRequest } from '../platform/request-context.ts';
import { describeDevice } from '../sessions/index.ts';
import type { AuthenticationParts } from './authentication-parts.ts';
import type { ShownSubject, SilentSubject } from './attempt-subject.ts';
import { browserOf } from './browser.ts';
import { clearAttempts } from './count-attempt.ts';
import { createKnownDeviceStore } from './known-device-store.ts';
import { notify, provenEmails } from './notify-holder.ts';
import type { Proof } from './proof.ts';

const LONGEST_USER_AGENT = 200;

export interface CompletedSignIn {
  readonly proof: Proof;
  readonly deviceId: string | null;
  /** Whose wrong attempts are forgotten now. */
  readonly forgiven?: readonly (ShownSubject | SilentSubject)[];
}

/**
 * Notes a sign-in: its time, its device, and a mail to the holder when the device is new and not the first. One commit,
 * because every sign-in waits for it.
 */
export async function completeSignIn(
  parts: AuthenticationParts,
  { proof, deviceId, forgiven = [] }: CompletedSignIn,
): Promise<void> {
  const { accountId, generation } = proof;
  const account = await parts.accounts.find(accountId);
  const to = await provenEmails(parts, accountId);
  await parts.db.transaction(async (tx) => {
    await parts.accounts.touchSignIn(tx, accountId);
    await clearAttempts(tx, forgiven);
    await parts.audit.record(tx, { kind: 'sign_in.succeeded', accountId });
    const browser = browserOf({ deviceId });
    if (browser === null) return;
    const { isNew, others } = await createKnownDeviceStore(tx).remember({
      accountId,
      deviceFingerprint: browser,
      generation,
      seenAt: parts.clock.now(),
    });
    if (!isNew || others === 0) return;
    const request = currentRequest();
    await notify(parts, tx, {
      to,
      notice: {
        template: 'new-device',
        locale: account?.locale ?? request?.locale ?? 'en',
        values: {
          ip: request?.ip ?? '',
          device: deviceName(request?.userAgent ?? ''),
        },
      },
    });
  });
}

function deviceName(userAgent: string): string {
  const { browser, system } = describeDevice(userAgent);
  const known = [browser, system].filter((name) => name !== null);
  return known.length > 0 ? known.join(', ') : userAgent.slice(0, LONGEST_USER_AGENT);
}
