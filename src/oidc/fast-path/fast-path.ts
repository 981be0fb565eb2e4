import type { IncomingMessage, ServerResponse } from 'node:http';

import { errors } from 'oidc-provider';

import type { PlainIngress } from '../../http/arrival/plain-ingress.ts';
import { plainApiHeaders } from '../../http/security-headers.ts';
import { isAppError } from '../../platform/app-error.ts';
import { reasonOf } from '../../platform/jobs/jobs.ts';
import { noteFailure, serveInRequest } from '../../platform/request-context.ts';
import { PROTOCOL_ROUTES } from '../configuration.ts';
import { answerIntrospection, INTROSPECTION_FIELDS } from './answer-introspection.ts';
import { answerRevocation } from './answer-revocation.ts';
import { answerTokenRequest, TOKEN_FIELDS } from './answer-token-request.ts';
import { answerUserinfo } from './answer-userinfo.ts';
import { answerToFailure, type FailureAnswer } from '../provider-errors.ts';
import type { FastPathContext } from './context.ts';
import {
  isPlainRequest,
  type PlainForm,
  type PlainRequest,
  parsePlainForm,
  readBody,
  replayBody,
} from './plain-request.ts';

export type Handler = (req: IncomingMessage, res: ServerResponse) => unknown;

/**
 * Handles a request, and passes it to `library` if the library has to answer.
 * @returns false for a request that it does not handle.
 */
export type FastPath = (req: IncomingMessage, res: ServerResponse, library: Handler) => boolean;

interface Endpoint {
  readonly method: 'GET' | 'POST';
  readonly route: string;
  /** Fields that its form may have; null: it has no form. */
  readonly fields: readonly string[] | null;
  /** Whether a success is logged like a read. */
  readonly isRoutine: boolean;
  /** JSON, or nothing for an answer without a body. Null: the library has to answer. */
  readonly answer: (ctx: FastPathContext, request: PlainRequest) => Promise<string | null>;
}

const ENDPOINTS: readonly Endpoint[] = [
  {
    method: 'GET',
    route: PROTOCOL_ROUTES.userinfo,
    fields: null,
    isRoutine: true,
    answer: answerUserinfo,
  },
  {
    method: 'POST',
    route: PROTOCOL_ROUTES.introspection,
    fields: INTROSPECTION_FIELDS,
    isRoutine: true,
    answer: answerIntrospection,
  },
  {
    method: 'POST',
    route: PROTOCOL_ROUTES.token,
    fields: TOKEN_FIELDS,
    isRoutine: true,
    answer: answerTokenRequest,
  },
  {
    method: 'POST',
    route: PROTOCOL_ROUTES.revocation,
    fields: INTROSPECTION_FIELDS,
    isRoutine: false,
    answer: answerRevocation,
  },
];
const BY_ROUTE: ReadonlyMap<string, Endpoint> = new Map(
  ENDPOINTS.map((endpoint) => [endpoint.route, endpoint]),
);

/**
 * Answers the plain shape of the hot endpoints before Koa and the library, with the library's models and the use cases of its hooks.
 * It answers successes and outages. The library answers every refusal and unusual request, from the start of the
 * request. The bytes of both answers are the same (`test/oidc/fast-path.test.ts`).
 */
export function createFastPath(ctx: FastPathContext, plainIngress: PlainIngress): FastPath {
  const headers = answerHeaders(ctx.settings.issuer.startsWith('https:'));

  const serve = async (
    endpoint: Endpoint,
    req: IncomingMessage,
    res: ServerResponse,
  ): Promise<boolean> => {
    const arrival = plainIngress(req);
    const { fields } = endpoint;
    const body = fields === null ? NO_BODY : await readBody(req);
    if (body === null) {
      // The client hung up.
      arrival.logAnswer(res, endpoint);
      return true;
    }
    const form = fields === null ? NO_FORM : parsePlainForm(body, fields);
    const answer =
      form === null
        ? null
        : await serveInRequest(arrival.context, () => answerPlain(ctx, endpoint, { req, form }));
    if (answer === null) {
      if (fields !== null) replayBody(req, body);
      return false;
    }
    arrival.logAnswer(res, endpoint);
    write(res, answer, [
      'X-Request-Id',
      arrival.context.requestId,
      ...retryHeader(answer),
      ...headersFor(headers, answer.text),
    ]);
    return true;
  };

  return (req, res, library) => {
    const endpoint = BY_ROUTE.get(req.url ?? '');
    if (endpoint === undefined || endpoint.method !== req.method) return false;
    if (!isPlainRequest(req)) return false;
    void serve(endpoint, req, res).then((isAnswered) => isAnswered || library(req, res));
    return true;
  };
}

interface PlainAnswer extends Pick<FailureAnswer, 'retryAfterSeconds'> {
  readonly status: 200 | FailureAnswer['status'];
  readonly text: string;
}

async function answerPlain(
  ctx: FastPathContext,
  { answer, route }: Endpoint,
  request: PlainRequest,
): Promise<PlainAnswer | null> {
  try {
    const text = await answer(ctx, request);
    return text === null ? null : { status: 200, text, retryAfterSeconds: null };
  } catch (error) {
    // Not repeated by the library: the first attempt may have been stored, and the second would find a used token.
    const failure = answerToFailure(error);
    if (failure === null) {
      if (!(error instanceof errors.OIDCProviderError) && !isAppError(error))
        ctx.log.warn({ err: error, route }, 'a plain request failed, and the library answers it');
      return null;
    }
    const { status, body, retryAfterSeconds } = failure;
    noteFailure({
      level: status === 503 ? 'warn' : 'info',
      fields: { code: body.error, reason: reasonOf(error) },
    });
    return { status, text: JSON.stringify(body), retryAfterSeconds };
  }
}

function retryHeader({ retryAfterSeconds }: PlainAnswer): readonly string[] {
  return retryAfterSeconds === null ? [] : ['Retry-After', String(retryAfterSeconds)];
}

const NO_BODY = Buffer.alloc(0);
const NO_FORM: PlainForm = {};

interface AnswerHeaders {
  readonly json: readonly string[];
  readonly empty: readonly string[];
}

function headersFor({ json, empty }: AnswerHeaders, text: string): readonly string[] {
  return text === '' ? empty : [...json, String(Buffer.byteLength(text))];
}

/** One-byte text is written in one piece with the head of the answer, without being encoded. */
function write(res: ServerResponse, { status, text }: PlainAnswer, headers: string[]): void {
  res.writeHead(status, headers);
  if (text === '') res.end();
  else res.end(text, Number(headers.at(-1)) === text.length ? 'latin1' : 'utf8');
}

/** Pairs of names and values, in the order and the spelling of the library's answers. The last one is the length. */
function answerHeaders(isHttps: boolean): AnswerHeaders {
  const api = Object.entries(plainApiHeaders(isHttps)).flat();
  const open = ['Vary', 'Origin', 'Access-Control-Allow-Origin', '*'];
  const common = [...api, ...open, 'Access-Control-Expose-Headers', 'WWW-Authenticate'];
  const uncached = common.map((text) => (text === 'Cache-Control' ? 'cache-control' : text));
  return {
    json: [...uncached, 'Content-Type', 'application/json; charset=utf-8', 'Content-Length'],
    empty: [...common, 'Content-Length', '0'],
  };
}
