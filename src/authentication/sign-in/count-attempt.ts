import { AppError, isAppError } from '../../platform/app-error.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import type { ShownSubject, SilentSubject } from './attempt-subject.ts';
import type { AuthenticationParts } from '../authentication-parts.ts';
import { createSignInFailureStore } from './sign-in-failure-store.ts';

const FREE_FAILURES = 4;
/** Wrong passwords in a row after which the holder gets a mail; the pauses before it are seconds. */
export const NOTICE_AFTER = 10;
const LONGEST_PAUSE_SECONDS = 900;
// NIST SP 800-63B §3.2.2: at most 100 in a row for an account; then a new password or a known device lifts the lock.
const HARD_STOP = 100;
const FOR_GOOD = new Date('9999-01-01T00:00:00Z');

export interface CountedAttempt {
  /** A device this account has signed in from goes through a lock, at a slow rate. */
  readonly passesLock: boolean;
  /** Is the password right? Runs after the attempt has been counted. */
  readonly check: () => Promise<boolean>;
}

export interface AttemptResult {
  readonly isRight: boolean;
  /** Wrong ones in a row, this one included; null for one that a silent lock did not count. */
  readonly failures: number | null;
}

/**
 * Makes one attempt at a password, counted across nodes and restarts. From the fifth wrong one on, each makes the subject
 * wait twice as long, up to 15 minutes; from the tenth on attempts under way count as wrong as well, so that no burst gets
 * more than ten tries. A right one does not clear the count by itself: see {@link clearAttempts}.
 * @throws AppError `sign_in_locked` with `retryAfterSeconds`.
 */
export async function countAttempt(
  parts: AuthenticationParts,
  subject: ShownSubject,
  attempt: CountedAttempt,
): Promise<AttemptResult> {
  const failures = await reserve(parts, subject, { attempt, pauseEnd });
  if (failures === null) throw await lockedError(parts, subject);
  return check(parts, subject, { attempt, failures, pauseEnd });
}

/**
 * The same over all names of an account, without a visible difference: while it is locked the password is checked as usual and counts as wrong. The
 * hundredth in a row locks until a new password is chosen, or the person comes from a known device.
 */
export async function countSilently(
  parts: AuthenticationParts,
  subject: SilentSubject,
  attempt: CountedAttempt,
): Promise<AttemptResult> {
  const counted = { attempt, pauseEnd: silentPauseEnd };
  const failures = await reserve(parts, subject, counted);
  if (failures !== null) return check(parts, subject, { ...counted, failures });
  await attempt.check();
  return { isRight: false, failures: null };
}

/** Resets the count of wrong attempts, in the transaction of the sign-in or of the change of the password. */
export async function clearAttempts(
  tx: Database,
  subjects: readonly (ShownSubject | SilentSubject)[],
): Promise<void> {
  for (const subject of subjects) await createSignInFailureStore(tx).clear(subject);
}

interface Counted {
  readonly attempt: CountedAttempt;
  readonly pauseEnd: (failures: number, now: Date) => Date;
}

function reserve(
  parts: AuthenticationParts,
  subjectIndex: Buffer,
  { attempt, pauseEnd: endOf }: Counted,
): Promise<number | null> {
  const at = parts.clock.now();
  return createSignInFailureStore(parts.db).reserve({
    subjectIndex,
    at,
    passesLock: attempt.passesLock,
    lockFrom: NOTICE_AFTER,
    lockUntil: endOf(NOTICE_AFTER, at),
  });
}

async function check(
  parts: AuthenticationParts,
  subjectIndex: Buffer,
  { attempt, failures, pauseEnd: endOf }: Counted & { readonly failures: number },
): Promise<AttemptResult> {
  const store = createSignInFailureStore(parts.db);
  try {
    const isRight = await attempt.check();
    if (!isRight && failures > FREE_FAILURES) {
      await store.lock(subjectIndex, endOf(failures, parts.clock.now()));
    }
    return { isRight, failures };
  } catch (error) {
    if (isAppError(error, 'busy')) await store.release(subjectIndex, FREE_FAILURES + 1);
    throw error;
  }
}

function pauseEnd(failures: number, now: Date): Date {
  const doublings = Math.min(failures - FREE_FAILURES - 1, 30);
  const seconds = Math.min(2 ** doublings, LONGEST_PAUSE_SECONDS);
  return new Date(now.getTime() + seconds * 1000);
}

function silentPauseEnd(failures: number, now: Date): Date {
  return failures >= HARD_STOP ? FOR_GOOD : pauseEnd(failures, now);
}

async function lockedError(parts: AuthenticationParts, subjectIndex: Buffer): Promise<AppError> {
  const until = await createSignInFailureStore(parts.db).lockedUntil(subjectIndex);
  const waitMs = (until?.getTime() ?? 0) - parts.clock.now().getTime();
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return new AppError('too_many', 'sign_in_locked', {
    retryAfterSeconds: Math.min(seconds, LONGEST_PAUSE_SECONDS),
  });
}
