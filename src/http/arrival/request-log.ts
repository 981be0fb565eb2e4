import type { ServerResponse } from 'node:http';

import type { Instruments } from '../../platform/instruments.ts';
import type { Logger } from '../../platform/logger.ts';
import type { RequestFailure } from '../../platform/request-context.ts';

/**
 * One request after its answer. It contains the pattern of the path instead of the address, because a path may contain
 * a one-time identifier and a query may contain a code.
 */
interface AnsweredRequest {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly startedAt: number;
  readonly ip?: string;
  readonly requestId?: string;
  /** The caller closed the connection before the answer was complete. */
  readonly isAborted?: boolean;
  /** Success is logged at level debug, although the method can change data: programs send many of these. */
  readonly isRoutine?: boolean;
  /** This process sent it to itself and expects a refusal. */
  readonly isOwn?: boolean;
  readonly failure?: RequestFailure | null;
}

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);
const METHODS = new Set([...READING, 'POST', 'PUT', 'PATCH', 'DELETE', 'none']);

/**
 * Counts each request and writes at most one line about it: failures and changes at level info or above; other requests, and
 * those of this process to itself below status 500, at level debug, or info with the access log.
 */
export function createRequestLog({
  logger,
  instruments,
  hasAccessLog,
}: {
  readonly logger: Logger;
  readonly instruments: Pick<Instruments, 'requests' | 'requestDurations' | 'limitsHit'>;
  /** Whether successes are logged at level info, too. */
  readonly hasAccessLog: boolean;
}) {
  return (request: AnsweredRequest): void => {
    const { method, route, status, startedAt, ip, requestId, failure, isAborted } = request;
    const seconds = (performance.now() - startedAt) / 1000;
    const labels = { method: METHODS.has(method) ? method : 'other', route };
    instruments.requests.add({ ...labels, status: String(status) });
    instruments.requestDurations.observe(labels, seconds);
    const code = failure?.fields['code'];
    // Other limits are counted by the limiter under their names.
    if (status === 429 && typeof code === 'string' && code !== 'rate_limited')
      instruments.limitsHit.add({ limit: code });
    const level = levelOf(request, hasAccessLog);
    logger[level](
      {
        method,
        route,
        status,
        ms: Math.round(seconds * 10_000) / 10,
        ...(ip !== undefined && { ip }),
        ...(requestId !== undefined && { requestId }),
        ...(isAborted === true && { isAborted }),
        ...failure?.fields,
      },
      'request',
    );
  };
}

export type RequestLog = ReturnType<typeof createRequestLog>;

/** Also when the client has closed the connection already, for example while its body was read. */
export function onceClosed(res: ServerResponse, callback: () => void): void {
  if (res.closed) callback();
  else res.on('close', callback);
}

function levelOf(
  { method, status, isAborted, isRoutine, isOwn, failure }: AnsweredRequest,
  hasAccessLog: boolean,
): 'debug' | 'info' | 'warn' | 'error' {
  if (isOwn === true && status < 500) return hasAccessLog ? 'info' : 'debug';
  if (failure !== null && failure !== undefined) return failure.level;
  if (status >= 500) return 'warn';
  const isChange = !READING.has(method) && isRoutine !== true;
  if (status >= 400 || isAborted === true || isChange || hasAccessLog) return 'info';
  return 'debug';
}
