import type { IncomingMessage, ServerResponse } from 'node:http';

import type { PlainIngress } from '../../http/arrival/ingress.ts';
import { plainApiHeaders } from '../../http/security-headers.ts';
import { serveInRequest } from '../../platform/request-context.ts';
import { PROTOCOL_ROUTES } from '../configuration.ts';
import { answerClientCredentials, CLIENT_CREDENTIALS_FIELDS } from './answer-client-credentials.ts';
import { answerIntrospection, INTROSPECTION_FIELDS } from './answer-introspection.ts';
import { answerRevocation } from './answer-revocation.ts';
import { answerUserinfo } from './answer-userinfo.ts';
import type { FastPathContext } from './context.ts';
import {
  isPlainRequest,
  type PlainRequest,
  parsePlainForm,
  type PlainForm,
  readBody,
  replayBody,
} from './plain-request.ts';

type Handler = (req: IncomingMessage, res: ServerResponse) => unknown;

/**
 * Handles a request, and passes it to `library` if the library has to answer.
 * @returns false for a request that it does not handle.
 */
export type FastPath = (req: IncomingMessage, res: ServerResponse, library: Handler) => boolean;

interface Endpoint {
  readonly route: string;
  /** Fields that its form may have; null: it has no form. */
  readonly fields: readonly string[] | null;
  /** Whether a success is logged like a read. */
  readonly isRoutine: boolean;
  /** False: the answer has no body. */
  readonly hasBody: boolean;
  /** Null: the library has to answer. */
  readonly answer: (ctx: FastPathContext, request: PlainRequest) => Promise<object | null>;
}

const COMMON = { isRoutine: true, hasBody: true } as const;

const ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map(
  [
    {
      method: 'GET',
      route: PROTOCOL_ROUTES.userinfo,
      fields: null,
      ...COMMON,
      answer: answerUserinfo,
    },
    {
      method: 'POST',
      route: PROTOCOL_ROUTES.introspection,
      fields: INTROSPECTION_FIELDS,
      ...COMMON,
      answer: answerIntrospection,
    },
    {
      method: 'POST',
      route: PROTOCOL_ROUTES.token,
      fields: CLIENT_CREDENTIALS_FIELDS,
      ...COMMON,
      answer: answerClientCredentials,
    },
    {
      method: 'POST',
      route: PROTOCOL_ROUTES.revocation,
      fields: INTROSPECTION_FIELDS,
      isRoutine: false,
      hasBody: false,
      answer: answerRevocation,
    },
  ].map(({ method, ...endpoint }) => [`${method} ${endpoint.route}`, endpoint]),
);

/**
 * Answers the plain shape of the hot endpoints before Koa and the library, with the library's models and the use cases of its hooks.
 * It answers only successes. The library answers every refusal, unusual request and failure, from the start of the
 * request. The bytes of both answers are the same (`test/oidc/fast-path.test.ts`).
 */
export function createFastPath(ctx: FastPathContext, plainIngress: PlainIngress): FastPath {
  const headers = answerHeaders(ctx.settings.issuer.startsWith('https:'));

  const serve = async (
    endpoint: Endpoint,
    req: IncomingMessage,
    res: ServerResponse,
  ): Promise<boolean> => {
    const { context, logAnswer } = plainIngress(req);
    const form = await formOf(endpoint, req);
    if (form === 'aborted') {
      logAnswer(res, endpoint);
      return true;
    }
    if (form === null) return false;
    const body = await serveInRequest(context, () =>
      endpoint.answer(ctx, { req, form }).catch(leaveToLibrary),
    );
    if (body === null) return false;
    logAnswer(res, endpoint);
    const id = ['X-Request-Id', context.requestId];
    if (endpoint.hasBody) {
      const text = JSON.stringify(body);
      const length = String(Buffer.byteLength(text));
      res.writeHead(200, [...id, ...headers.json, 'Content-Length', length]).end(text);
    } else {
      res.writeHead(200, [...id, ...headers.empty]).end();
    }
    return true;
  };

  return (req, res, library) => {
    const endpoint = ENDPOINTS.get(`${String(req.method)} ${String(req.url)}`);
    if (endpoint === undefined || !isPlainRequest(req)) return false;
    void serve(endpoint, req, res).then((isAnswered) => isAnswered || library(req, res));
    return true;
  };
}

/** The library gets the same failure again and answers it. */
function leaveToLibrary(): null {
  return null;
}

const NO_FORM: PlainForm = {};

/** The form of the request, which the library can still read afterwards. `aborted`: the client hung up before its end. */
async function formOf(
  { fields }: Endpoint,
  req: IncomingMessage,
): Promise<PlainForm | 'aborted' | null> {
  if (fields === null) return NO_FORM;
  const body = await readBody(req);
  if (body === null) return 'aborted';
  replayBody(req, body);
  return parsePlainForm(body, fields);
}

/** Pairs of names and values, in the order and the spelling of the library's answers. */
function answerHeaders(isHttps: boolean) {
  const api = Object.entries(plainApiHeaders(isHttps)).flat();
  const open = ['Vary', 'Origin', 'Access-Control-Allow-Origin', '*'];
  const common = [...api, ...open, 'Access-Control-Expose-Headers', 'WWW-Authenticate'];
  const uncached = common.map((text) => (text === 'Cache-Control' ? 'cache-control' : text));
  return {
    json: [...uncached, 'Content-Type', 'application/json; charset=utf-8'],
    empty: [...common, 'Content-Length', '0'],
  };
}
