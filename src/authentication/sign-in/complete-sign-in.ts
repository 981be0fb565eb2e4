import type { Database } from '../../platform/postgres/postgres.ts';
import { sql } from '../../platform/postgres/sql.ts';
import { currentRequest } from '../../platform/request-context.ts';
import { describeDevice } from '../../sessions/index.ts';
import type { AuthenticationParts } from '../authentication-parts.ts';
import type { ShownSubject, SilentSubject } from './attempt-subject.ts';
import { browserOf } from './browser.ts';
import { clearAttempts } from './count-attempt.ts';
import { createKnownDeviceStore } from './known-device-store.ts';
import { notify, provenEmails } from '../notify-account-owner.ts';
import type { Proof } from '../proofs/proof.ts';

const LONGEST_USER_AGENT = 200;

/** The person who gets a notice of a sign-in, and the language of the notice. */
export interface SignInHolder {
  readonly to: readonly string[];
  readonly locale: string;
}

export interface CompletedSignIn {
  readonly proof: Proof;
  readonly deviceId: string | null;
  readonly holder: SignInHolder;
  /** Whose wrong attempts are forgotten now. */
  readonly forgiven?: readonly (ShownSubject | SilentSubject)[];
}

/** Reads what {@link completeSignIn} needs, before its transaction. */
export async function findHolder(
  parts: AuthenticationParts,
  accountId: string,
): Promise<SignInHolder> {
  const account = await parts.accounts.find(accountId);
  const to = await provenEmails(parts, accountId);
  return { to, locale: account?.locale ?? currentRequest()?.locale ?? 'en' };
}

/**
 * Notes a sign-in: its time, its device, and a mail to the holder when the device is new and not the first. Belongs into the transaction
 * that uses up the proof: a code whose sign-in ended in an outage works again.
 */
export async function completeSignIn(
  parts: AuthenticationParts,
  tx: Database,
  { proof, deviceId, holder: { to, locale }, forgiven = [] }: CompletedSignIn,
): Promise<void> {
  const { accountId, generation } = proof;
  await tx.execute(parts.accounts.lastSignInUpdate(accountId, sql`true`));
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
  const values = { ip: request?.ip ?? '', device: deviceName(request?.userAgent ?? '') };
  await notify(parts, tx, { to, notice: { template: 'new-device', locale, values } });
}

function deviceName(userAgent: string): string {
  const { browser, system } = describeDevice(userAgent);
  const known = [browser, system].filter((name) => name !== null);
  return known.length > 0 ? known.join(', ') : userAgent.slice(0, LONGEST_USER_AGENT);
}
