import { errors } from 'oidc-provider';

import { type AppError, isAppError } from '../platform/app-error.ts';
import { currentRequest } from '../platform/request-context.ts';

const OUTAGE = 'the server cannot answer right now, try again shortly';

/**
 * An outage as an error of the library: 503 `temporarily_unavailable`, answered by this server and never converted into
 * a redirect or an `invalid_*`, which an app would treat as final.
 */
export class TemporarilyUnavailable extends errors.OIDCProviderError {
  override readonly error_description = OUTAGE;

  readonly outage: AppError;

  constructor(outage: AppError) {
    super(503, 'temporarily_unavailable');
    this.outage = outage;
    Object.assign(this, { cause: outage, expose: true, allow_redirect: false });
  }
}

/** Awaits storage for the library and converts outages into its errors; all other errors pass unchanged. */
export async function toProviderError<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!isAppError(error) || error.kind !== 'unavailable') throw error;
    currentRequest()?.memo.set(OUTAGE_MEMO, error);
    throw new TemporarilyUnavailable(error);
  }
}

const OUTAGE_MEMO = 'outage of the library';

/**
 * The library saves the session also when the request failed. After an outage this would use up the id of the session
 * and the pending sign-in, which the repeated request needs.
 * @throws TemporarilyUnavailable after an outage in this request.
 */
export function refuseAfterOutage(): void {
  const outage = currentRequest()?.memo.get(OUTAGE_MEMO) as AppError | undefined;
  if (outage !== undefined) throw new TemporarilyUnavailable(outage);
}

/** The reverse: awaits the library for our own pages and APIs, which expect outages as AppErrors. */
export async function fromProviderError<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof TemporarilyUnavailable ? error.outage : error;
  }
}

/** The answer to a request whose work failed in a known way. */
export interface FailureAnswer {
  readonly status: 400 | 503;
  readonly body: { readonly error: string; readonly error_description: string };
  readonly retryAfterSeconds: number | null;
}

/** The answer to an outage, and to a code or token that another request used first. Null for all other errors. */
export function answerToFailure(error: unknown): FailureAnswer | null {
  const failure = error instanceof TemporarilyUnavailable ? error.outage : error;
  if (isAppError(failure, 'already_used')) {
    const body = { error: 'invalid_grant', error_description: 'grant request is invalid' };
    return { status: 400, body, retryAfterSeconds: null };
  }
  if (!isAppError(failure) || failure.kind !== 'unavailable') return null;
  const body = { error: 'temporarily_unavailable', error_description: OUTAGE };
  return { status: 503, body, retryAfterSeconds: failure.retryAfterSeconds ?? 2 };
}
