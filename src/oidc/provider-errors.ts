import { errors } from 'oidc-provider';

import { type AppError, isAppError } from '../platform/app-error.ts';
import { currentRequest } from '../platform/request-context.ts';

/**
 * An outage as an error of the library: 503 `temporarily_unavailable`, answered by this server and never converted into
 * a redirect or an `invalid_*`, which an app would treat as final.
 */
export class TemporarilyUnavailable extends errors.OIDCProviderError {
  override readonly error_description = 'the server cannot answer right now, try again shortly';

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
    currentRequest()?.memo.set(OUTAGE, error);
    throw new TemporarilyUnavailable(error);
  }
}

const OUTAGE = 'outage of the library';

/**
 * The library saves the session also when the request failed. After an outage this would use up the id of the session
 * and the pending sign-in, which the repeated request needs.
 * @throws TemporarilyUnavailable after an outage in this request.
 */
export function refuseAfterOutage(): void {
  const outage = currentRequest()?.memo.get(OUTAGE) as AppError | undefined;
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
