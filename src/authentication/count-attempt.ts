import { AppError, isAppError } from '../platform/app-error.ts';
import { keyedIndex } from '../platform/encryption.ts';
import type { Database } from '../platform/postgres.ts';
import type { AuthenticationParts } from './authentication-parts.ts';
import { createSignInFailureStore } from './sign-in-failure-store.ts';

const FREE_FAILURES = 4;
/** Wrong passwords in a row after which the holder gets a mail; the pauses before it are seconds. */
export const NOTICE_AFTER = 10;
const LONGEST_PAUSE_SECONDS = 900;
// NIST SP 800-63B §3.2.2: at most 100 in a row; then only a new password lifts the lock.
const HARD_STOP = 100;
const FOR_GOOD = new Date('9999-01-01T00:00:00Z');

/** What is counted: an account, or an address that belongs to nobody. */
export type AttemptSubject = { readonly accountId: string } | { readonly addressIndex: Buffer };

export interface CountedAttempt {
  /** A device this account has signed in from goes through a lock, at a slow rate. */
  readonly passesLock: boolean;
  /** Is the password right? Runs after the attempt has been counted. */
  readonly check: () => Promise<boolean>;
}

export interface AttemptResult {
  readonly isRight: boolean;
  /** Wrong ones in a row, this one included. */
  readonly failures: number;
}

/**
 * Makes one attempt at a password, counted across nodes and restarts. From the fifth wrong one on, each makes the subject
 * wait twice as long, up to 15 minutes; from the tenth on attempts under way count as wrong as well, so that no burst gets
 * more than ten tries. A right one does not clear the count by itself: see {@link clearAttempts}.
 * @throws AppError `sign_in_locked` with `retryAfterSeconds`.
 */
export async function countAttempt(
  parts: AuthenticationParts,
  subject: AttemptSubject,
  attempt: CountedAttempt,
): Promise<AttemptResult> {
  const store = createSignInFailureStore(parts.db);
  const subjectIndex = indexOf(parts, subject);
  const at = parts.clock.now();
  const failures = await store.reserve({
    subjectIndex,
    at,
    passesLock: attempt.passesLock,
    lockFrom: NOTICE_AFTER,
    lockUntil: pauseEnd(NOTICE_AFTER, at),
  });
  if (failures === null) throw await lockedError(parts, subjectIndex);
  try {
    const isRight = await attempt.check();
    if (!isRight && failures > FREE_FAILURES) {
      await store.lock(subjectIndex, pauseEnd(failures, parts.clock.now()));
    }
    return { isRight, failures };
  } catch (error) {
    if (isAppError(error, 'busy')) await store.release(subjectIndex, FREE_FAILURES + 1);
    throw error;
  }
}

/** Forgets the wrong attempts: after a right password, or a new one. */
export async function clearAttempts(
  parts: AuthenticationParts,
  subject: AttemptSubject,
  tx: Database = parts.db,
): Promise<void> {
  await createSignInFailureStore(tx).clear(indexOf(parts, subject));
}

function indexOf(parts: AuthenticationParts, subject: AttemptSubject): Buffer {
  const text =
    'accountId' in subject
      ? `account:${subject.accountId}`
      : `address:${subject.addressIndex.toString('hex')}`;
  return keyedIndex(parts.failureKey, text);
}

function pauseEnd(failures: number, now: Date): Date {
  if (failures >= HARD_STOP) return FOR_GOOD;
  const seconds = Math.min(2 ** (failures - FREE_FAILURES - 1), LONGEST_PAUSE_SECONDS);
  return new Date(now.getTime() + seconds * 1000);
}

async function lockedError(parts: AuthenticationParts, subjectIndex: Buffer): Promise<AppError> {
  const until = await createSignInFailureStore(parts.db).lockedUntil(subjectIndex);
  const waitMs = (until?.getTime() ?? 0) - parts.clock.now().getTime();
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return new AppError('too_many', 'sign_in_locked', {
    retryAfterSeconds: Math.min(seconds, LONGEST_PAUSE_SECONDS),
  });
}
