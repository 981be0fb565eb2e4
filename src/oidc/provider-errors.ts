import { errors } from 'oidc-provider';

import { type AppError, isAppError } from '../platform/app-error.ts';
import { currentRequest } from '../platform/request-context.ts';

/**
 * An outage in the library's own error vocabulary: 503 `temporarily_unavailable`, answered by this server itself and never
 * turned into a redirect or an `invalid_*` that an app would take for a final answer.
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

/** Awaits storage on behalf of the library and translates outages for it; everything else passes unchanged. */
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
 * The library saves the session also when the request failed. After an outage that would use up what the same request, when
 * it is repeated, needs: the id of the session, and the sign-in that waits for it.
 * @throws TemporarilyUnavailable when an outage was met in this request.
 */
export function refuseAfterOutage(): void {
  const outage = currentRequest()?.memo.get(OUTAGE) as AppError | undefined;
  if (outage !== undefined) throw new TemporarilyUnavailable(outage);
}

/** The way back: awaits the library on behalf of our own pages and APIs, which expect outages as AppErrors. */
export async function fromProviderError<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof TemporarilyUnavailable ? error.outage : error;
  }
}
