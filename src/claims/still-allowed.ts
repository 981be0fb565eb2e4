import { AppError } from '../platform/app-error.ts';

/**
 * A withdrawal takes effect within a second. Between the check of a consent and the answer, values are read and the ledger is
 * written, and both can wait for the database. A check that is older than this is repeated before values leave.
 */
const LONGEST_MS = 500;
const MOST_CHECKS = 4;
const RETRY_AFTER_SECONDS = 2;

/** The result of a check and its time. */
export interface Checked<T> {
  readonly value: T;
  /** Milliseconds of `performance.now()`, before the check began. */
  readonly since: number;
}

/** Runs a check. Null: nothing may leave. */
export async function checkNow<T>(check: () => Promise<T | null>): Promise<Checked<T> | null> {
  const since = performance.now();
  const value = await check();
  return value === null ? null : { value, since };
}

/**
 * Call when everything else is done, immediately before values leave. It repeats the check until its result is recent; a repeated check reads
 * copies of this node only as far as its change feed is fresh.
 * The ledger then has a read that was not delivered, which is accepted: the reverse, a delivery that is not in the ledger, is not.
 * @returns the result of the last check; null when nothing may leave any more.
 * @throws AppError `database_unavailable` when all checks take too long.
 */
export async function stillAllowed<T>(
  checked: Checked<T>,
  check: () => Promise<T | null>,
): Promise<T | null> {
  let latest: Checked<T> | null = checked;
  for (let count = 0; count < MOST_CHECKS; count += 1) {
    if (latest === null) return null;
    if (performance.now() - latest.since <= LONGEST_MS) return latest.value;
    latest = await checkNow(check);
  }
  throw new AppError('unavailable', 'database_unavailable', {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}
