import { isAppError } from '../../platform/app-error.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import type { RateLimiter } from '../../platform/rate-limiter.ts';
import { createFailedRequestStore } from './failed-request-store.ts';

/** A request of an app that failed, or from which something was left out. Holds no value of a person and no secret. */
export interface NewFailedRequest {
  readonly clientId: string;
  /** Such as `authorization` or `token`. */
  readonly endpoint: string;
  /** The error code that the app got (RFC 6749), or `scope_dropped`. */
  readonly code: string;
  /** The reason in English, with more detail than the app received. */
  readonly reason: string;
}

/** Equal failures as one. */
export interface FailedRequest extends Omit<NewFailedRequest, 'clientId'> {
  /** A 64-bit number as text. */
  readonly id: string;
  readonly times: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
}

/** Limits of the stored failures of each app. */
export const FAILED_REQUEST_LIMITS = Object.freeze({ entries: 200, writesPerMinute: 10 });

const REASON_LENGTH = 300;
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

export interface FailedRequestDeps {
  readonly db: Database;
  readonly rateLimiter: Pick<RateLimiter, 'consume'>;
}

/**
 * Writes a failure into the log of its app, at most {@link FAILED_REQUEST_LIMITS} a minute; the rest is left out.
 * Call it only with the id of an app that exists.
 */
export async function noteFailedRequest(
  { db, rateLimiter }: FailedRequestDeps,
  request: NewFailedRequest,
): Promise<void> {
  const { writesPerMinute: points, entries } = FAILED_REQUEST_LIMITS;
  const rule = { name: 'failed-requests', key: request.clientId, points, perSeconds: 60 };
  try {
    await rateLimiter.consume(rule);
  } catch (error) {
    if (isAppError(error, 'rate_limited')) return;
    throw error;
  }
  const reason = request.reason.replaceAll(UNPRINTABLE, ' ').slice(0, REASON_LENGTH);
  await createFailedRequestStore(db).note({ ...request, reason }, entries);
}
