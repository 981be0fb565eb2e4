import { randomUUID } from 'node:crypto';

import { AppError } from '../platform/app-error.ts';
import type { AuthenticationParts } from './authentication-parts.ts';
import { clearAttempts } from './count-attempt.ts';
import { codeError, guessCode, openAddress } from './guess-code.ts';
import { createKnownDeviceStore } from './known-device-store.ts';
import { notify, provenEmails } from './notify-holder.ts';
import { createOneTimeCodeStore } from './one-time-code-store.ts';
import { checkNewPassword } from './password-policy.ts';
import { createPasswordStore } from './password-store.ts';
import { isCutOff } from './prove-attribute.ts';

export interface FinishPasswordResetInput {
  readonly resetId: string;
  readonly code: string;
  readonly newPassword: string;
  readonly locale: string;
  readonly ip: string;
}

/** Sets a new password for whoever can read what is sent to the address. Everything that was signed in before is signed out. */
export async function finishPasswordReset(
  parts: AuthenticationParts,
  input: FinishPasswordResetInput,
): Promise<{ accountId: string; amr: readonly string[] }> {
  const { resetId, code, newPassword } = input;
  await parts.rateLimiter.consume({ name: 'code', key: input.ip, points: 60, perSeconds: 600 });
  const flow = await createOneTimeCodeStore(parts.db).findNewest(resetId, 'password_reset');
  if (flow === null) throw codeError({ kind: 'dead' });
  const address = openAddress(parts, flow);
  refuseWeak(newPassword, address.value);
  // Before the code is looked at: waiting for a hash must not hold a database connection.
  const hash = await parts.hasher.hash(newPassword);
  const owner = await parts.vault.findIdentifier(address);
  const account = await parts.accounts.find(flow.accountId ?? randomUUID());
  const to = flow.accountId === null ? [] : await provenEmails(parts, flow.accountId);
  const outcome = await parts.db.transaction(async (tx) => {
    const guess = await guessCode(parts, tx, { flowId: resetId, purpose: 'password_reset', code });
    if (guess.kind !== 'right' || guess.accountId === null) return guess;
    const { accountId } = guess;
    // A mailbox that was given up must not be the way back in.
    if (owner?.accountId !== accountId) return { kind: 'dead' } as const;
    // Neither must a code from before the person ended everything, nor any for an account that is not in use.
    const isEnded = account?.status !== 'active' || isCutOff(account, guess.issuedAt);
    if (isEnded) return { kind: 'dead' } as const;
    await createPasswordStore(tx).save({ accountId, hash, changedAt: parts.clock.now() });
    await createOneTimeCodeStore(tx).killResets(accountId, parts.clock.now());
    await createKnownDeviceStore(tx).forgetAll(accountId);
    await parts.accounts.signOutEverywhere({ accountId, tx });
    await parts.audit.record(tx, { kind: 'password.reset', accountId });
    await notify(parts, tx, { to, notice: { template: 'password-changed', locale: input.locale } });
    return guess;
  });
  if (outcome.kind !== 'right') throw codeError(outcome);
  if (outcome.accountId === null) throw codeError({ kind: 'dead' });
  await clearAttempts(parts, { accountId: outcome.accountId });
  return { accountId: outcome.accountId, amr: ['otp'] };
}

function refuseWeak(newPassword: string, address: string): void {
  const problem = checkNewPassword(newPassword, [address]);
  if (problem === null) return;
  throw new AppError('invalid', 'password_invalid', { fields: { newPassword: problem } });
}
