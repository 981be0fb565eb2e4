import { isProofCurrent } from '../../accounts/index.ts';
import { AppError } from '../../platform/app-error.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import { accountSubject, typedSubject } from '../sign-in/attempt-subject.ts';
import type { AuthenticationParts } from '../authentication-parts.ts';
import { type FromBrowser, isRequester } from '../sign-in/browser.ts';
import { clearAttempts } from '../sign-in/count-attempt.ts';
import {
  codeError,
  guessCode,
  type GuessOutcome,
  openAddress,
  useLink,
} from '../proofs/guess-code.ts';
import { linkFingerprint } from '../proofs/issue-code.ts';
import { createLinkStore } from '../proofs/link-store.ts';
import { notify, provenEmails } from '../notify-account-owner.ts';
import { type CodeRow, createOneTimeCodeStore } from '../proofs/one-time-code-store.ts';
import { checkNewPassword } from './password-policy.ts';
import { createPasswordStore } from './password-store.ts';

interface ResetInput extends FromBrowser {
  readonly newPassword: string;
  readonly locale: string;
  readonly ip: string;
}

/** By the code, or by the link that was mailed beside it. */
export type FinishPasswordResetInput = ResetInput &
  (
    | { readonly resetId: string; readonly code: string; readonly link?: never }
    | { readonly link: string }
  );

/**
 * Sets a new password for the person who can read messages to the address, in the browser that requested it. Everything that was signed
 * in or remembered before ends.
 */
export async function finishPasswordReset(
  parts: AuthenticationParts,
  input: FinishPasswordResetInput,
): Promise<{ readonly accountId: string }> {
  await parts.rateLimiter.consume({ name: 'code', key: input.ip, points: 60, perSeconds: 600 });
  const flow = await findFlow(parts, input);
  if (flow === null) throw codeError({ kind: 'dead' });
  const address = openAddress(parts, flow);
  refuseWeakPassword(input.newPassword, address.value);
  // Before the code is looked at: waiting for a hash must not hold a database connection.
  const hash = await parts.hasher.hash(input.newPassword);
  const to = flow.accountId === null ? [] : await provenEmails(parts, flow.accountId);
  const outcome = await parts.db.transaction(async (tx) => {
    const guess = await prove(parts, tx, input);
    if (guess.kind !== 'right' || guess.accountId === null) return guess;
    const owner = await parts.vault.findIdentifierIn(tx, address);
    // A mailbox that was given up must not be the way back in.
    if (owner?.accountId !== guess.accountId) return { kind: 'dead' } as const;
    const { accountId, generation } = guess;
    const isSet = await setNewPassword(parts, tx, { accountId, generation, hash });
    if (!isSet) return { kind: 'dead' } as const;
    await notify(parts, tx, { to, notice: { template: 'password-changed', locale: input.locale } });
    const forgiven = [
      accountSubject(parts, accountId),
      typedSubject(parts, parts.vault.indexIdentifier(address)),
    ];
    await clearAttempts(tx, forgiven);
    return guess;
  });
  if (outcome.kind !== 'right') throw codeError(outcome);
  const { accountId } = outcome;
  if (accountId === null) throw codeError({ kind: 'dead' });
  return { accountId };
}

/** @throws AppError `password_invalid` (field `newPassword`). */
export function refuseWeakPassword(newPassword: string, address: string): void {
  const problem = checkNewPassword(newPassword, [address]);
  if (problem === null) return;
  throw new AppError('invalid', 'password_invalid', { fields: { newPassword: problem } });
}

/** By link the flow is found only in the browser that requested it, so that nothing about it shows elsewhere. */
async function findFlow(
  parts: AuthenticationParts,
  input: FinishPasswordResetInput,
): Promise<CodeRow | null> {
  if (input.link === undefined) {
    return createOneTimeCodeStore(parts.db).findNewest(input.resetId, 'password_reset');
  }
  const row = await createLinkStore(parts.db).find(linkFingerprint(input.link), parts.clock.now());
  const isOurs = row?.purpose === 'password_reset' && isRequester(row.requester, input);
  return isOurs ? row : null;
}

function prove(
  parts: AuthenticationParts,
  tx: Database,
  input: FinishPasswordResetInput,
): Promise<GuessOutcome> {
  const { deviceId = null } = input;
  const purpose = 'password_reset';
  if (input.link !== undefined) return useLink(parts, tx, { link: input.link, purpose, deviceId });
  const { resetId: flowId, code } = input;
  return guessCode(parts, tx, { flowId, purpose, code, deviceId });
}

interface NewPassword {
  readonly accountId: string;
  readonly generation: number;
  readonly hash: string;
}

/** False for a proof from before the person ended everything, and for an account that is not in use. */
async function setNewPassword(
  parts: AuthenticationParts,
  tx: Database,
  { accountId, generation, hash }: NewPassword,
): Promise<boolean> {
  const account = await parts.accounts.hold(tx, accountId);
  if (account?.status !== 'active' || !isProofCurrent(account, generation)) return false;
  await createPasswordStore(tx).save({ accountId, hash, changedAt: parts.clock.now() });
  await createOneTimeCodeStore(tx).killResets(accountId, parts.clock.now());
  await parts.accounts.signOutEverywhereIn(tx, { accountId });
  await parts.audit.record(tx, { kind: 'password.reset', accountId });
  return true;
}
