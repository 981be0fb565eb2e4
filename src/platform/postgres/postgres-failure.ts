import { AppError } from '../app-error.ts';

/**
 * Failures that show a defect of this program: cardinality (21), data (22), integrity (23), SQL that the schema does not
 * fit (42, but for a missing privilege) and errors that triggers raise (P0). They are answered with 500. Every other
 * failure is an outage of the database, also the failures of a driver, a network, a pooler or a later version of
 * PostgreSQL that are not known here.
 */
const DEFECT_STATE = /^(?:2[123]|42|P0)[0-9A-Z]{3}$/;
const MISSING_PRIVILEGE = '42501';
/** `lock_timeout` ended the wait for a row. */
const LOCK_NOT_AVAILABLE = '55P03';
/** After errors of the classes 08 (lost connection) and 57P (server shutdown) the outcome of a commit is unknown. */
const ANSWERED_STATE = /^(?!08|57P)[0-9FHPX][0-9A-Z]{4}$/;
/** Serialization failure and deadlock: the same work succeeds when it is repeated. */
const CONFLICT_STATE = /^40(?:001|P01)$/;

/**
 * Awaits a statement or a connection.
 * @throws AppError as {@link outage} for every failure but a defect of this program, which passes unchanged.
 */
export async function fromDriver<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw isDefect(error) ? error : outage(error);
  }
}

/** Does it show a defect of this program? */
export function isDefect(error: unknown): boolean {
  // Values that cannot be sent or read.
  if (error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError) {
    return true;
  }
  const state = stateOf(error);
  return DEFECT_STATE.test(state) && state !== MISSING_PRIVILEGE;
}

/** Did PostgreSQL abort the transaction because of another one? Then it was rolled back. */
export function isConflict(error: unknown): boolean {
  return error instanceof AppError && CONFLICT_STATE.test(stateOf(error.cause));
}

/** SQLSTATE, or the system's code for the failure of a connection, or an empty text. */
function stateOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : '';
}

/**
 * The database cannot be reached or used (`database_unavailable`), or another change held a row for longer than statements wait for
 * it (`change_in_progress`). The request may be repeated.
 */
export function outage(cause?: unknown): AppError {
  const code =
    stateOf(cause) === LOCK_NOT_AVAILABLE ? 'change_in_progress' : 'database_unavailable';
  return new AppError('unavailable', code, { cause, retryAfterSeconds: 2 });
}

/** Did the server itself report the error? Then the statement had no effect. */
export function isAnswered(error: unknown): boolean {
  const cause = error instanceof AppError ? error.cause : error;
  return ANSWERED_STATE.test(stateOf(cause));
}

/** Was there no answer at all? False when the server itself cancelled the statement. */
export function isSilence(error: unknown): boolean {
  const cause = error instanceof AppError ? error.cause : undefined;
  return cause instanceof Error && !('code' in cause) && /timeout/i.test(cause.message);
}
