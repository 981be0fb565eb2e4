import type { IncomingMessage, ServerResponse } from 'node:http';

import { errors } from 'oidc-provider';

import type { PlainArrival, PlainIngress } from '../../http/arrival/plain-ingress.ts';
import { isAppError } from '../../platform/app-error.ts';
import { reasonOf } from '../../platform/jobs/jobs.ts';
import { noteFailure, serveInRequest } from '../../platform/request-context.ts';
import { PROTOCOL_ROUTES } from '../configuration.ts';
import { answerAuthorization, AUTHORIZATION_FIELDS } from './answer-authorization.ts';
import { answerIntrospection, INTROSPECTION_FIELDS } from './answer-introspection.ts';
import { answerRevocation } from './answer-revocation.ts';
import { answerTokenRequest, TOKEN_FIELDS } from './answer-token-request.ts';
import { answerUserinfo } from './answer-userinfo.ts';
import { answerToFailure } from '../provider-errors.ts';
import type { FastPathContext } from './context.ts';
import {
  isPlainNavigation,
  isPlainRequest,
  type PlainForm,
  type PlainRequest,
  parsePlainForm,
  readBody,
  replayBody,
} from './plain-request.ts';
import { createAnswerWriter, type PlainAnswer } from './write-answer.ts';

export type Handler = (req: IncomingMessage, res: ServerResponse) => unknown;

/**
 * Handles a request, and passes it to `library` if the library has to answer.
 * @returns false for a request that it does not handle.
 */
export type FastPath = (req: IncomingMessage, res: ServerResponse, library: Handler) => boolean;

/** An endpoint for programs. */
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

type AnswerWriter = ReturnType<typeof createAnswerWriter>;

/**
 * Answers the plain shape of the hot endpoints before Koa and the library, with the library's models and the use cases of its hooks.
 * It answers successes and, to programs, outages. The library answers every refusal and unusual request, from the start of the
 * request. The bytes of both answers are the same (`test/oidc/fast-path*.test.ts`).
 */
export function createFastPath(ctx: FastPathContext, plainIngress: PlainIngress): FastPath {
  const writer = createAnswerWriter(ctx.settings.issuer.startsWith('https:'));

  return (req, res, library) => {
    const serve = serverOf(req);
    if (serve === null) return false;
    const arrival = plainIngress(req);
    void serve({ ctx, writer, req, res, arrival }).then(
      (isAnswered) => isAnswered || library(req, res),
    );
    return true;
  };
}

interface Exchange {
  readonly ctx: FastPathContext;
  readonly writer: AnswerWriter;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly arrival: PlainArrival;
}

/** @returns false when the library has to answer. */
type Serve = (exchange: Exchange) => Promise<boolean>;

/** Null for a request that the fast path does not handle. */
function serverOf(req: IncomingMessage): Serve | null {
  const { url = '', method } = req;
  const endpoint = BY_ROUTE.get(url);
  if (endpoint !== undefined) {
    const isPlain = endpoint.method === method && isPlainRequest(req);
    return isPlain ? (exchange) => serveProgram(endpoint, exchange) : null;
  }
  if (!url.startsWith(AUTHORIZATION_START) || method !== 'GET' || !isPlainNavigation(req)) {
    return null;
  }
  const form = parsePlainForm(url.slice(AUTHORIZATION_START.length), AUTHORIZATION_FIELDS);
  return form && ((exchange) => serveBrowser(form, exchange));
}

const AUTHORIZATION_START = `${PROTOCOL_ROUTES.authorization}?`;

async function serveProgram(
  endpoint: Endpoint,
  { ctx, writer, req, res, arrival }: Exchange,
): Promise<boolean> {
  const { fields } = endpoint;
  const body = fields === null ? NO_BODY : await readBody(req);
  if (body === null) {
    // The client hung up.
    arrival.logAnswer(res, endpoint);
    return true;
  }
  const form = fields === null ? NO_FORM : parsePlainForm(body.toString('latin1'), fields);
  const answer =
    form === null
      ? null
      : await serveInRequest(arrival.context, () => answerPlain(ctx, endpoint, { req, form }));
  if (answer === null) {
    if (fields !== null) replayBody(req, body);
    return false;
  }
  arrival.logAnswer(res, endpoint);
  writer.answer(res, arrival.context.requestId, answer);
  return true;
}

const NO_BODY = Buffer.alloc(0);
const NO_FORM: PlainForm = {};

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
      noteUnexpected(ctx, error, route);
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

async function serveBrowser(
  form: PlainForm,
  { ctx, writer, req, res, arrival }: Exchange,
): Promise<boolean> {
  const route = PROTOCOL_ROUTES.authorization;
  const redirect = await serveInRequest(arrival.context, () =>
    // After a failure the library begins again, and shows its page: a code that was stored is never sent.
    answerAuthorization(ctx, { req, form }).catch((error: unknown) => {
      if (answerToFailure(error) === null) noteUnexpected(ctx, error, route);
      return null;
    }),
  );
  if (redirect === null) return false;
  arrival.logAnswer(res, { route, isRoutine: false });
  writer.redirect(res, arrival.context.requestId, redirect);
  return true;
}

function noteUnexpected({ log }: FastPathContext, error: unknown, route: string): void {
  if (error instanceof errors.OIDCProviderError || isAppError(error)) return;
  log.warn({ err: error, route }, 'a plain request failed, and the library answers it');
}
