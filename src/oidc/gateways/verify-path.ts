import type { IncomingMessage, ServerResponse } from 'node:http';

import type { PlainArrival, PlainIngress } from '../../http/arrival/plain-ingress.ts';
import { plainApiHeaders } from '../../http/security-headers.ts';
import { isAppError } from '../../platform/app-error.ts';
import { serveInRequest } from '../../platform/request-context.ts';
import { findGateway, GATEWAY_HEADER } from './find-gateway.ts';
import { checkedRequestOf, VERIFY_PATH } from './checked-request.ts';
import { type AllowedBody, bodyOf, headersOf } from './verified-headers.ts';
import { verifyAccess } from './verify-access.ts';
import type { FastPathContext } from '../fast-path/context.ts';
import type { FastPath } from '../fast-path/fast-path.ts';
import { isPlainRequest } from '../fast-path/plain-request.ts';

const ADDRESSES = new Set([VERIFY_PATH, `${VERIFY_PATH}?redirect=true`]);

/**
 * Answers the allowed requests of registered gateways before Koa, with the same bytes as the route. The route answers all others,
 * from the start of the request.
 */
export function createVerifyPath(ctx: FastPathContext, plainIngress: PlainIngress): FastPath {
  const common = Object.entries({
    ...plainApiHeaders(ctx.settings.issuer.startsWith('https:')),
    Vary: 'Authorization, Cookie',
    'Content-Type': 'application/json; charset=utf-8',
  });
  return (req, res, route) => {
    if (!ADDRESSES.has(req.url ?? '') || req.method !== 'GET' || !isPlainRequest(req)) return false;
    const arrival = plainIngress(req);
    void answerAllowed(ctx, req, arrival).then((body) => {
      if (body === null) route(req, res);
      else send(res, { body, arrival, common });
    });
    return true;
  };
}

/** Null when the route has to answer. */
async function answerAllowed(
  ctx: FastPathContext,
  req: IncomingMessage,
  { context }: PlainArrival,
): Promise<AllowedBody | null> {
  const header = req.headers[GATEWAY_HEADER];
  if (typeof header !== 'string') return null;
  try {
    return await serveInRequest(context, async () => {
      const gateway = await findGateway(ctx, header);
      if (gateway === null) return null;
      const checked = { ...checkedRequestOf(req.headers), requiredScope: undefined };
      const verdict = await verifyAccess(ctx, gateway, checked);
      return verdict.isAllowed ? bodyOf(verdict) : null;
    });
  } catch (error) {
    if (!isAppError(error))
      ctx.log.warn({ err: error }, 'a check failed, and the route repeats it');
    return null;
  }
}

interface Allowed {
  readonly body: AllowedBody;
  readonly arrival: PlainArrival;
  readonly common: readonly (readonly [name: string, value: string])[];
}

function send(res: ServerResponse, { body, arrival, common }: Allowed): void {
  const text = JSON.stringify(body);
  const length = Buffer.byteLength(text);
  arrival.logAnswer(res, { route: VERIFY_PATH });
  const { requestId } = arrival.context;
  for (const [name, value] of [...common, ...headersOf(body)]) res.setHeader(name, value);
  res.setHeader('X-Request-Id', requestId).setHeader('Content-Length', length);
  res.end(text, length === text.length ? 'latin1' : 'utf8');
}
