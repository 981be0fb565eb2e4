import type { Context, Middleware } from 'koa';

import { AppError } from '../../platform/app-error.ts';
import type { RateLimiter } from '../../platform/rate-limiter.ts';
import type { RequestContext } from '../../platform/request-context.ts';
import { type FileAnswer, sendFile } from '../bodies/file-answer.ts';
import { parseFields, readJson } from '../bodies/request-body.ts';
import { receiveUpload } from '../bodies/upload.ts';
import type { HttpKit } from '../http-kit.ts';
import { applyApiHeaders } from '../security-headers.ts';
import { isHttps } from '../settings.ts';
import { requireAccess } from './access.ts';
import type { Caller, RequestAuthenticator } from './caller.ts';
import { compileBody, compileParams, compileQuery } from './input-validation.ts';
import { limitAccount, limitAddress } from './rate-limit.ts';
import { isRedirect, sendRedirect } from './redirect-answer.ts';
import { createResponseTrimmer } from './response-trimmer.ts';
import type { HandlerRequest } from './route-types.ts';
import type { ApiRoute } from './route.ts';

export interface HandlerDeps {
  readonly kit: HttpKit;
  readonly authenticateRequest: RequestAuthenticator;
  readonly rateLimiter: RateLimiter;
}

const ANONYMOUS: Caller = { kind: 'anonymous' };

/** Turns an API route into middleware: limit, identify, allow, decode, handle, trim, answer. */
export function createApiHandler(route: ApiRoute, deps: HandlerDeps): Middleware {
  const { kit, authenticateRequest, rateLimiter } = deps;
  const checkParams = compileParams(route.params, 'not_found');
  const checkQuery = compileQuery(route.query);
  const checkBody = route.body === undefined ? undefined : compileBody(route.body);
  const isFile = route.produces !== undefined;
  const hasNoJson = route.status === 204 || isFile;
  const trim = hasNoJson ? undefined : createResponseTrimmer(route.response, route.operationId);
  const limited = { name: route.operationId, limit: route.limit };
  const handle = route.handle as (input: object) => Promise<unknown>;
  const security = { isHttps: isHttps(kit.settings) };

  return async (ctx) => {
    ctx.state['routePattern'] = route.path;
    ctx.state['isForProgram'] = true;
    await limitAddress(rateLimiter, ctx, limited);
    const caller =
      route.isCookieless === true ? ANONYMOUS : await authenticateRequest.identify(ctx);
    requireAccess(caller, route);
    requireProof(kit, ctx, caller);
    await limitAccount(rateLimiter, caller, limited);
    const result = await handle({
      params: checkParams({ ...(ctx['params'] as object) }),
      query: checkQuery(parseFields(ctx.querystring)),
      body: checkBody === undefined ? {} : checkBody(await readJson(ctx.req)),
      ...(route.consumes !== undefined && { upload: receiveUpload(ctx.req, route.consumes) }),
      caller,
      request: requestOf(ctx, kit),
      ctx,
    });
    if (isRedirect(result)) return sendRedirect(ctx, result, security);
    if (isFile) return sendFile(ctx, result as FileAnswer, security);
    applyApiHeaders(ctx, security);
    ctx.status = route.status;
    if (trim === undefined) return;
    if (route.location !== undefined) ctx.set('Location', route.location(result as never));
    ctx.body = JSON.stringify(trim(result));
    ctx.type = 'application/json';
  };
}

/** The request as handlers receive it: the context of platform/ and our own origin. */
export function requestOf(ctx: Context, kit: HttpKit): HandlerRequest {
  const context = ctx.state['requestContext'] as RequestContext;
  // The same object, because a handler may change it (the language) for the rest of the request.
  return Object.assign(context, { origin: kit.settings.issuer });
}

// Browsers attach a session cookie on their own, so a change needs proof that our own page requested it; a bearer token does not.
function requireProof(kit: HttpKit, ctx: Context, caller: Caller): void {
  const isChange = ctx.method !== 'GET' && ctx.method !== 'HEAD';
  const isSession = caller.kind === 'person' && caller.via === 'session';
  if (isChange && isSession && !kit.csrf.isProvenCall(ctx))
    throw new AppError('forbidden', 'csrf_missing');
}
