import type { Instruments } from '../../platform/instruments.ts';
import type { Logger } from '../../platform/logger.ts';
import type { RequestFailure } from '../../platform/request-context.ts';

/** One request after its answer. Patterns, not addresses: a path may hold a one-time identifier and a query may hold a code. */
export interface AnsweredRequest {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly startedAt: number;
  readonly ip?: string;
  readonly requestId?: string;
  /** The caller left before the answer was complete. */
  readonly isAborted?: boolean;
  /** Success is nothing to note, although the method can change something: programs do this all the time. */
  readonly isRoutine?: boolean;
  readonly failure?: RequestFailure | null;
}

/** Counts each request, and writes at most one line about it. */
export type RequestLog = (request: AnsweredRequest) => void;

export interface RequestLogDeps {
  readonly logger: Logger;
  readonly instruments: Pick<Instruments, 'requests' | 'requestDurations' | 'limitsHit'>;
  /** Whether successes are logged at level info, too. */
  readonly hasAccessLog: boolean;
}

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);
const METHODS = new Set([...READING, 'POST', 'PUT', 'PATCH', 'DELETE', 'none']);

/** Failures and changes at level info or above; other requests at level debug, or info with the access log. */
export function createRequestLog({
  logger,
  instruments,
  hasAccessLog,
}: RequestLogDeps): RequestLog {
  return (request) => {
    const { method, route, status, startedAt, ip, requestId, failure, isAborted } = request;
    const seconds = (performance.now() - startedAt) / 1000;
    const labels = { method: METHODS.has(method) ? method : 'other', route };
    instruments.requests.add({ ...labels, status: String(status) });
    instruments.requestDurations.observe(labels, seconds);
    const code = failure?.fields['code'];
    // The limiter itself counts the others, by their names.
    if (status === 429 && typeof code === 'string' && code !== 'rate_limited')
      instruments.limitsHit.add({ limit: code });
    const level = failure?.level ?? levelOf(request, hasAccessLog);
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

function levelOf(
  { method, status, isAborted, isRoutine }: AnsweredRequest,
  hasAccessLog: boolean,
): 'debug' | 'info' | 'warn' {
  if (status >= 500) return 'warn';
  const isChange = !READING.has(method) && isRoutine !== true;
  if (status >= 400 || isAborted === true || isChange || hasAccessLog) return 'info';
  return 'debug';
}
