import { isAbsurdlyLong } from '../../../views/assets/password-rules.js';
import { AppError } from '../../platform/app-error.ts';
import type { AuthenticationContext } from '../context.ts';
import { accountCounter, signedInCounter } from '../sign-in/attempt-counter.ts';
import { countAttempt, liftHardStop } from '../sign-in/count-attempt.ts';
import { createSignInFailureStore } from '../sign-in/sign-in-failure-store.ts';
import { notifyAccountOwner, noticeAddresses } from '../notify-account-owner.ts';
import { requireForAccount } from './require-for-account.ts';
import { createCodeStore } from '../proofs/code-store.ts';
import { createPasswordStore } from './password-store.ts';

interface ChangePasswordInput {
  readonly accountId: string;
  readonly currentPassword: string;
  readonly newPassword: string;
  /** The session that stays; every other session ends. Null: all sessions end. */
  readonly keepSessionUid: string | null;
  readonly locale: string;
}

/** The person is signed in. */
const KNOWN = { isKnown: true } as const;

/**
 * Changes the password of a person who is signed in and enters the current one. Ends every other session and every grant, and
 * mails a notice. Wrong passwords are counted as at sign-in, but separately from those of people who are not signed in.
 * When another change or a reset replaces the current password first, it counts as wrong: a request of an intruder must
 * not undo the reset of the account owner.
 * @throws AppError `password_invalid` with `fields` `currentPassword` (`password_wrong`) or `newPassword`; `sign_in_locked`.
 */
export async function changePassword(
  ctx: AuthenticationContext,
  input: ChangePasswordInput,
): Promise<void> {
  const { accountId, currentPassword, newPassword, keepSessionUid } = input;
  const emails = await noticeAddresses(ctx, accountId);
  const entered = { password: newPassword, personal: emails };
  await requireForAccount(ctx, ctx.db, { accountId, ...entered });
  const hash = await createPasswordStore(ctx.db).find(accountId);
  const visible = signedInCounter(ctx, accountId);
  const { isRight } = await countAttempt(ctx, { visible, passesLock: false }, () =>
    isAbsurdlyLong(currentPassword)
      ? ctx.hasher.verify(null, '', KNOWN)
      : ctx.hasher.verify(hash, currentPassword, KNOWN),
  );
  if (!isRight || hash === null) throw wrongPassword();
  const newHash = await ctx.hasher.hash(newPassword, KNOWN);
  await ctx.db.transaction(async (tx) => {
    // The second factor may have been removed meanwhile.
    const role = await requireForAccount(ctx, tx, { accountId, ...entered });
    const change = { accountId, hash: newHash, previous: hash, changedAt: ctx.clock.now(), role };
    const isCurrent = await createPasswordStore(tx).replace(change);
    if (!isCurrent) throw wrongPassword();
    await createCodeStore(tx).endResets(accountId, ctx.clock.now());
    await ctx.accounts.signOutEverywhereIn(tx, {
      accountId,
      ...(keepSessionUid !== null && { exceptSessionUid: keepSessionUid }),
    });
    await ctx.audit.record(tx, { kind: 'password.changed', accountId });
    await notifyAccountOwner(ctx, tx, {
      accountId,
      to: emails,
      notice: { template: 'password-changed', locale: input.locale },
    });
    await createSignInFailureStore(tx).clear([visible, accountCounter(ctx, accountId)]);
    await liftHardStop(ctx, tx, accountId);
  });
}

function wrongPassword(): AppError {
  return new AppError('invalid', 'password_invalid', {
    fields: { currentPassword: 'password_wrong' },
  });
}
