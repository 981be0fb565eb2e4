import { AppError } from '../../platform/app-error.ts';
import type { AuthenticationParts } from '../authentication-parts.ts';
import { accountSubject, signedInSubject } from '../sign-in/attempt-subject.ts';
import { clearAttempts, countAttempt } from '../sign-in/count-attempt.ts';
import { notify, provenEmails } from '../notify-account-owner.ts';
import { checkNewPassword, isAbsurdlyLong } from './password-policy.ts';
import { createOneTimeCodeStore } from '../proofs/one-time-code-store.ts';
import { createPasswordStore } from './password-store.ts';

export interface ChangePasswordInput {
  readonly accountId: string;
  readonly currentPassword: string;
  readonly newPassword: string;
  /** Stays signed in; every other session ends. Null ends them all. */
  readonly keepSessionUid: string | null;
  readonly locale: string;
}

/**
 * Changes the password of a person who is signed in and knows the current one. Wrong ones are counted as at sign-in, and apart from those
 * of strangers. When another change or a reset replaces the current password first, it counts as wrong: a request of an intruder must not
 * undo the reset of the holder.
 */
export async function changePassword(
  parts: AuthenticationParts,
  input: ChangePasswordInput,
): Promise<void> {
  const { accountId, currentPassword, newPassword, keepSessionUid } = input;
  const emails = await provenEmails(parts, accountId);
  const problem = checkNewPassword(newPassword, emails);
  if (problem !== null) throw invalid({ newPassword: problem });
  const hash = await createPasswordStore(parts.db).find(accountId);
  const { isRight } = await countAttempt(parts, signedInSubject(parts, accountId), {
    passesLock: false,
    check: () =>
      isAbsurdlyLong(currentPassword)
        ? parts.hasher.verify(null, '')
        : parts.hasher.verify(hash, currentPassword),
  });
  if (!isRight || hash === null) throw invalid({ currentPassword: 'password_wrong' });
  const newHash = await parts.hasher.hash(newPassword);
  await parts.db.transaction(async (tx) => {
    const change = { accountId, hash: newHash, previous: hash, changedAt: parts.clock.now() };
    const isCurrent = await createPasswordStore(tx).change(change);
    if (!isCurrent) throw invalid({ currentPassword: 'password_wrong' });
    await createOneTimeCodeStore(tx).killResets(accountId, parts.clock.now());
    await parts.accounts.signOutEverywhereIn(tx, {
      accountId,
      ...(keepSessionUid !== null && { exceptSessionUid: keepSessionUid }),
    });
    await parts.audit.record(tx, { kind: 'password.changed', accountId });
    await notify(parts, tx, {
      to: emails,
      notice: { template: 'password-changed', locale: input.locale },
    });
    const forgiven = [signedInSubject(parts, accountId), accountSubject(parts, accountId)];
    await clearAttempts(tx, forgiven);
  });
}

function invalid(fields: Record<string, string>): AppError {
  return new AppError('invalid', 'password_invalid', { fields });
}
