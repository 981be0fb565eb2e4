import { STATUS_CODES } from 'node:http';
import type { Context, Middleware } from 'koa';

import type { Logger } from '../platform/logger.ts';
import { currentRequest, noteFailure, type RequestFailure } from '../platform/request-context.ts';
import { errorPage } from './pages/error-page.ts';
import { describeFailure, type Failure, problemBody } from './http-error.ts';
import { isCallerGone } from './koa-settings.ts';
import { render } from './pages/page-result.ts';
import type { PageSender } from './pages/page-sender.ts';
import { applyApiHeaders } from './security-headers.ts';
import { isHttps, type HttpSettings } from './settings.ts';

interface FailureResponderDeps {
  readonly settings: HttpSettings;
  readonly logger: Logger;
  readonly pages: PageSender;
}

/** Set by the protocol for its endpoints that only programs call. */
const IS_PROTOCOL = 'isForClient';

/** The request is one of a client (RFC 6749 §1.1): its failures have the form of RFC 6749 §5.2 as well, whatever it accepts. */
export function answerAsToClient(ctx: Context): void {
  ctx.state[IS_PROTOCOL] = true;
  ctx.state['isForProgram'] = true;
}

/** Was {@link answerAsToClient} called for this request? */
export function isAnsweredAsToClient(ctx: Context): boolean {
  return ctx.state[IS_PROTOCOL] === true;
}

/**
 * Answers a failure: with problem+json (RFC 9457) to programs, with a page in the reader's language to people. Never throws:
 * the last resort is one plain line with the request id. A connection that the caller closed is not logged as a failure.
 */
export function createFailureResponder(deps: FailureResponderDeps) {
  return (ctx: Context, error: unknown): void => {
    if (isCallerGone(ctx, error)) return;
    const failure = describeFailure(error);
    logFailure(deps.logger, failure, error);
    if (ctx.headerSent || !ctx.writable) return;
    // A redirect may have been decided before the failure.
    ctx.remove('Location');
    ctx.set(failure.headers);
    if (failure.status === 413) ctx.set('Connection', 'close');
    try {
      if (isForProgram(ctx)) sendProblem(deps, ctx, failure);
      else sendErrorPage(deps, ctx, failure);
    } catch (broken) {
      deps.logger.error({ err: broken }, 'the error page itself failed');
      applyApiHeaders(ctx, { isHttps: isHttps(deps.settings) });
      ctx.status = failure.status;
      ctx.type = 'text/plain; charset=utf-8';
      ctx.body = `${STATUS_CODES[failure.status]} (${requestId()})\n`;
    }
  };
}

/** Catches everything that later middleware throws. */
export function catchFailures(respond: (ctx: Context, error: unknown) => void): Middleware {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      respond(ctx, error);
    }
  };
}

function logFailure(logger: Logger, failure: Failure, error: unknown): void {
  const { level, fields } = describeForLog(failure, error);
  if (!noteFailure({ level, fields })) logger[level](fields, 'a request failed after its answer');
}

function describeForLog({ isDefect, status, code }: Failure, error: unknown): RequestFailure {
  if (isDefect) return { level: 'error', fields: { err: error } };
  if (status < 500) return { level: 'info', fields: { code } };
  const cause = error instanceof Error ? error.cause : undefined;
  const reason = cause instanceof Error ? cause.message : undefined;
  return { level: 'warn', fields: { code, reason } };
}

function isForProgram(ctx: Context): boolean {
  if (ctx.path.startsWith('/api/') || ctx.path === '/openapi.json') return true;
  if (ctx.state['isForProgram'] === true) return true;
  return ctx.accepts('html', 'json') !== 'html';
}

function sendProblem({ settings }: FailureResponderDeps, ctx: Context, failure: Failure): void {
  applyApiHeaders(ctx, { isHttps: isHttps(settings) });
  ctx.status = failure.status;
  const detail = settings.isDevelopment ? failure.detail : undefined;
  const isProtocol = ctx.state[IS_PROTOCOL] === true;
  const error = isProtocol ? oauthErrorOf(failure) : undefined;
  ctx.body = problemBody({ ...failure, detail, error, requestId: requestId() });
  ctx.type = isProtocol ? 'application/json; charset=utf-8' : 'application/problem+json';
}

/** RFC 6749 §5.2 and §4.1.2.1. */
function oauthErrorOf({ status }: Failure): string {
  if (status === 503 || status === 429) return 'temporarily_unavailable';
  return status >= 500 ? 'server_error' : 'invalid_request';
}

function sendErrorPage(
  { settings, pages }: FailureResponderDeps,
  ctx: Context,
  failure: Failure,
): void {
  const { status, code } = failure;
  const detail = settings.isDevelopment ? (failure.detail ?? null) : null;
  const model = { status, code, requestId: requestId(), detail };
  const wait = Number(failure.headers['Retry-After']) || null;
  const retryAt = wait === null ? null : new Date(settings.clock.now().getTime() + wait * 1_000);
  pages.send(ctx, render(errorPage, model, { status }), { retryAt });
}

function requestId(): string {
  return currentRequest()?.requestId ?? 'none';
}
