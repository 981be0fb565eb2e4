import { isAppError } from '../../platform/app-error.ts';
import { withoutHidden } from '../../platform/clean-text.ts';
import type { ClientsContext } from '../context.ts';
import { FAILED_REQUEST_LIMITS, type NewFailedRequest } from './failed-request.ts';
import { createFailedRequestStore } from './failed-request-store.ts';

const REASON_LENGTH = 300;

/**
 * Writes a failure into the log of its app, at most {@link FAILED_REQUEST_LIMITS} a minute; the others are dropped.
 * Call it only with the id of an existing app.
 */
export async function noteFailedRequest(
  { db, rateLimiter }: Pick<ClientsContext, 'db' | 'rateLimiter'>,
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
  const reason = withoutHidden(request.reason).slice(0, REASON_LENGTH);
  await createFailedRequestStore(db).note({ ...request, reason }, entries);
}
