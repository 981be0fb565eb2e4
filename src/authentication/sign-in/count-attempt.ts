import { AppError, isAppError } from '../../platform/app-error.ts';
import type { AuthenticationContext } from '../context.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import {
  CODE_METHODS,
  secondStepCounter,
  type SilentCounter,
  type VisibleCounter,
} from './attempt-counter.ts';
import { createSignInFailureStore, type Reserved } from './sign-in-failure-store.ts';

const FREE_FAILURES = 4;

/** The pauses after wrong attempts: each is twice as long as the one before. */
interface Pauses {
  readonly firstSeconds: number;
  readonly longestSeconds: number;
}

const OF_PASSWORDS: Pauses = { firstSeconds: 1, longestSeconds: 900 };
/**
 * Of codes with six digits: 16 attempts on the first day and 4 on each further day. Three codes are valid at a time, so a guess
 * succeeds with 0.005 % a day.
 */
export const OF_SHORT_CODES: Pauses = { firstSeconds: 60, longestSeconds: 21_600 };
/** The number of consecutive wrong passwords after which the account owner gets a mail. */
export const NOTICE_AFTER = 10;
// NIST SP 800-63B §3.2.2: at most 100 in a row for an account; then a new password or a known device lifts the lock.
const HARD_STOP = 100;
const FOREVER = new Date('9999-01-01T00:00:00Z');

/** One attempt at a password. */
interface Attempt {
  readonly visible: VisibleCounter;
  /** True for a device from which this account has signed in: it is not locked, but limited to a slow rate. */
  readonly passesLock: boolean;
  /** Those of passwords by default. */
  readonly pauses?: Pauses;
}

/**
 * Makes one attempt at a password, counted across nodes and restarts. From the fifth wrong password on, each locks the
 * counter for twice as long, up to 15 minutes. From the tenth on, attempts in progress count as wrong as well, so that
 * concurrent requests get at most ten tries. A right password does not clear the count; the completed sign-in does.
 * @param check is the password right? Runs after the attempt has been counted.
 * @returns the result, and the number of attempts in a row without a completed sign-in, this one included.
 * @throws AppError `sign_in_locked` with `retryAfterSeconds`.
 */
export async function countAttempt(
  ctx: AuthenticationContext,
  attempt: Attempt,
  check: () => Promise<boolean>,
): Promise<{ readonly isRight: boolean; readonly failures: number }> {
  const { visible: failures } = await reserve(ctx, { ...attempt, silent: null });
  if (failures === null) throw await lockedError(ctx, attempt);
  const { pauses = OF_PASSWORDS, visible: counter } = attempt;
  // A new password lifts it: see `liftHardStop`.
  const endOf = (count: number, now: Date) =>
    pauses === OF_SHORT_CODES && count >= HARD_STOP ? FOREVER : pauseEnd(pauses, count, now);
  const isRight = await settle(ctx, { counter, failures, pauseEnd: endOf }, check);
  return { isRight, failures };
}

// Each further wrong code has the longest pause.
const AFTER_HARD_STOP = 14;

/**
 * Lifts the hard stop of the codes of the second step; call it in the transaction that sets a new password. Shorter pauses stay, and
 * the first new attempt waits as well: a reset by the mailbox must not give more guesses a day.
 */
export async function liftHardStop(
  ctx: AuthenticationContext,
  tx: Database,
  accountId: string,
): Promise<void> {
  const counters = CODE_METHODS.map((method) => secondStepCounter(ctx, accountId, method));
  const until = pauseEnd(OF_SHORT_CODES, AFTER_HARD_STOP, ctx.clock.now());
  const lowering = { from: HARD_STOP, consecutive: AFTER_HARD_STOP, until };
  await createSignInFailureStore(tx).lower(counters, lowering);
}

interface SignInAttempt extends Attempt {
  /**
   * Counts over all identifiers of the account, without a visible difference: during a lock the password is checked as
   * usual, but counts as wrong. The hundredth consecutive wrong password locks the account until a new password is set;
   * known devices can still sign in.
   */
  readonly silent: SilentCounter;
}

/** The two passwords that an identifier can belong to. */
interface Checks {
  /** Is it the password of the account? */
  readonly isOwner: () => Promise<boolean>;
  /** Is it the password of a registration that waits? Called when it is not the one of the account. */
  readonly isRegistering: () => Promise<boolean>;
}

interface SignInOutcome {
  readonly isOwner: boolean;
  /** Consecutive wrong passwords for the account, including this one; null when the hidden lock did not count it. */
  readonly failures: number | null;
}

/** The same for a sign-in, which also counts for the account. @throws AppError `sign_in_locked`. */
export async function countSignIn(
  ctx: AuthenticationContext,
  attempt: SignInAttempt,
  { isOwner, isRegistering }: Checks,
): Promise<SignInOutcome> {
  const { visible, silent: failures } = await reserve(ctx, attempt);
  if (visible === null) throw await lockedError(ctx, attempt);
  const checkSilently = async (): Promise<boolean> => {
    if (failures !== null) {
      return settle(ctx, { counter: attempt.silent, failures, pauseEnd: silentPauseEnd }, isOwner);
    }
    await isOwner();
    return false;
  };
  let isRight = false;
  const endOf = (count: number, now: Date) => pauseEnd(OF_PASSWORDS, count, now);
  const counted = { counter: attempt.visible, failures: visible, pauseEnd: endOf };
  await settle(ctx, counted, async () => {
    isRight = await checkSilently();
    return isRight || isRegistering();
  });
  return { isOwner: isRight, failures };
}

function reserve(
  { db, clock }: AuthenticationContext,
  attempt: Attempt & { readonly silent: SilentCounter | null },
): Promise<Reserved> {
  const at = clock.now();
  const lockUntil = pauseEnd(attempt.pauses ?? OF_PASSWORDS, NOTICE_AFTER, at);
  const reservation = { ...attempt, at, lockFrom: NOTICE_AFTER, lockUntil };
  return createSignInFailureStore(db).reserve(reservation);
}

/** Failures after which the password has not been compared. */
const UNCHECKED = ['busy', 'password_pepper_unknown'];

interface Counted {
  readonly counter: Buffer;
  readonly failures: number;
  readonly pauseEnd: (failures: number, now: Date) => Date;
}

/** Locks the counter after a wrong password, and removes the count of an attempt that was not checked. */
async function settle(
  { db, clock }: AuthenticationContext,
  { counter, failures, pauseEnd: endOf }: Counted,
  check: () => Promise<boolean>,
): Promise<boolean> {
  const store = createSignInFailureStore(db);
  try {
    const isRight = await check();
    if (!isRight && failures > FREE_FAILURES) {
      await store.lock(counter, endOf(failures, clock.now()));
    }
    return isRight;
  } catch (error) {
    if (UNCHECKED.some((code) => isAppError(error, code)))
      await store.release(counter, FREE_FAILURES + 1);
    throw error;
  }
}

function pauseEnd({ firstSeconds, longestSeconds }: Pauses, failures: number, now: Date): Date {
  const doublings = Math.min(failures - FREE_FAILURES - 1, 30);
  const seconds = Math.min(firstSeconds * 2 ** doublings, longestSeconds);
  return new Date(now.getTime() + seconds * 1000);
}

function silentPauseEnd(failures: number, now: Date): Date {
  return failures >= HARD_STOP ? FOREVER : pauseEnd(OF_PASSWORDS, failures, now);
}

async function lockedError(
  { db, clock }: AuthenticationContext,
  { visible, pauses = OF_PASSWORDS }: Attempt,
): Promise<AppError> {
  const until = await createSignInFailureStore(db).lockedUntil(visible);
  const waitMs = (until?.getTime() ?? 0) - clock.now().getTime();
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return new AppError('too_many', 'sign_in_locked', {
    retryAfterSeconds: Math.min(seconds, pauses.longestSeconds),
  });
}
