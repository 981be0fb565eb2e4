import type { IncomingMessage, ServerResponse } from 'node:http';

import type { RequestContext } from '../../platform/request-context.ts';
import { FALLBACK_LOCALE } from '../../platform/languages.ts';
import type { HttpSettings } from '../settings.ts';
import { createIdentification, userAgentOf } from './identification.ts';
import { isOwnRequest } from '../../platform/own-requests.ts';
import { onceClosed, type RequestLog } from './request-log.ts';

interface PlainIngressDeps {
  readonly settings: Pick<HttpSettings, 'trustedProxies'>;
  readonly requestLog: RequestLog;
}

/** A request that passes no middleware. */
export interface PlainArrival {
  readonly context: RequestContext;
  /** Logs the request once `res`, its answer, was sent or the client closed the connection. Call it before the answer. */
  logAnswer(
    res: ServerResponse,
    answered: { readonly route: string; readonly isRoutine?: boolean },
  ): void;
}

/** Describes a request that passes no middleware. */
export type PlainIngress = (req: IncomingMessage) => PlainArrival;

/** The address, the request id and the log line of `createIngress`, for answers that need no other part of it. */
export function createPlainIngress({ settings, requestLog }: PlainIngressDeps): PlainIngress {
  const identify = createIdentification(settings);
  return (req) => {
    const startedAt = performance.now();
    const { ip, network, requestId } = identify(req);
    const context: RequestContext = {
      requestId,
      ip,
      network,
      userAgent: userAgentOf(req),
      cookies: NO_COOKIES,
      deviceId: null,
      locale: FALLBACK_LOCALE,
      memo: new Map(),
      failure: null,
      isAnswered: false,
    };
    return {
      context,
      logAnswer: (res, { route, isRoutine = true }) =>
        onceClosed(res, () => {
          context.isAnswered = true;
          requestLog({
            method: req.method ?? 'none',
            route,
            status: res.statusCode,
            startedAt,
            ip,
            requestId,
            isAborted: !res.writableFinished,
            isRoutine,
            isOwn: isOwnRequest(req),
            failure: context.failure,
          });
        }),
    };
  };
}

const NO_COOKIES: RequestContext['cookies'] = { read: () => undefined, write: () => undefined };
