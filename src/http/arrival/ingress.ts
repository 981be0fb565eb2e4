import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Context, Middleware } from 'koa';

import { networkOf } from '../../platform/ip-address.ts';
import {
  runInRequest,
  serveInRequest,
  type RequestContext,
  type RequestCookie,
} from '../../platform/request-context.ts';
import { createAddressFinder } from './client-address.ts';
import type { CookieJar } from '../cookies.ts';
import { acceptedLanguages, LOCALES, pickLocale } from '../pages/i18n.ts';
import { LOCALE_COOKIE } from '../pages/page-sender.ts';
import type { AnsweredRequest, RequestLog } from './request-log.ts';
import type { HttpSettings } from '../settings.ts';

export interface IngressDeps {
  readonly settings: HttpSettings;
  readonly cookies: CookieJar;
  readonly requestLog: RequestLog;
}

const REQUEST_ID = /^[\w-]{8,64}$/;
const DEVICE_ID = /^[\w-]{22}$/;
const DEVICE_COOKIE = 'device';
const DEVICE_SECONDS = 60 * 60 * 24 * 365;
const USER_AGENT_LENGTH = 400;
const FORWARDING_HEADERS = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-forwarded-proto',
  'x-forwarded-server',
  'x-real-ip',
  'x-original-url',
  'x-rewrite-url',
];

/**
 * First middleware: finds out the caller's address and language, and logs the request when it was answered.
 *
 * Behind it the request carries *our* host, scheme and the caller's true address in `Host`, `X-Forwarded-Proto` and `X-Forwarded-For`,
 * in place of the headers that were sent: code that reads them (oidc-provider with `proxy = true`) cannot be misled.
 */
export function createIngress({ settings, cookies, requestLog }: IngressDeps): Middleware {
  const addresses = createAddressFinder(settings.trustedProxies);
  const issuer = new URL(settings.issuer);

  return async (ctx, next) => {
    const startedAt = performance.now();
    const ip = addresses.clientAddress(ctx.req);
    const given = addresses.isTrustedPeer(ctx.req) ? ctx.get('x-request-id') : '';
    // Before any cookie is read: koa decides at that moment whether it may set secure ones.
    canonicalise(ctx, { host: issuer.host, scheme: issuer.protocol.slice(0, -1), ip });
    const requestId = REQUEST_ID.test(given) ? given : randomUUID();
    const context = describeRequest(ctx, cookies, { requestId, ip });
    ctx.state['requestContext'] = context;
    ctx.set('X-Request-Id', context.requestId);
    ctx.res.once('close', () => {
      context.isAnswered = true;
      runInRequest(context, () => requestLog(answeredRequest(ctx, context, startedAt)));
    });
    await serveInRequest(context, next);
    // The browser is to repeat the request, with the same cookies.
    if (ctx.status === 503 && !ctx.headerSent) ctx.remove('Set-Cookie');
  };
}

/** A request that is answered without any middleware. */
export interface PlainRequest {
  readonly context: RequestContext;
  /** Logs the request once `res`, its answer, was sent. Call it before the answer. */
  logAnswer(res: ServerResponse, answer: PlainAnswer): void;
}

interface PlainAnswer {
  readonly route: string;
  readonly isRoutine?: boolean;
}

/** Describes a request that passes no middleware. */
export type PlainIngress = (req: IncomingMessage) => PlainRequest;

/** The address, the request id and the log line of {@link createIngress}, for answers that need nothing else of it. */
export function createPlainIngress({
  settings,
  requestLog,
}: Pick<IngressDeps, 'settings' | 'requestLog'>): PlainIngress {
  const addresses = createAddressFinder(settings.trustedProxies);
  return (req) => {
    const startedAt = performance.now();
    const ip = addresses.clientAddress(req);
    const given = addresses.isTrustedPeer(req) ? String(req.headers['x-request-id'] ?? '') : '';
    const requestId = REQUEST_ID.test(given) ? given : randomUUID();
    const context: RequestContext = {
      requestId,
      ip,
      get network() {
        return networkOf(ip);
      },
      userAgent: (req.headers['user-agent'] ?? '').slice(0, USER_AGENT_LENGTH),
      cookies: NO_COOKIES,
      deviceId: null,
      locale: LOCALES[0],
      memo: new Map(),
      failure: null,
      isAnswered: false,
    };
    return {
      context,
      logAnswer: (res, { route, isRoutine = true }) => {
        res.once('close', () => {
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
            failure: context.failure,
          });
        });
      },
    };
  };
}

const NO_COOKIES: RequestContext['cookies'] = { read: () => undefined, write: () => undefined };

/** Cookies and languages are read on demand: programs send neither, and most requests are theirs. */
function describeRequest(
  ctx: Context,
  cookies: CookieJar,
  known: { readonly requestId: string; readonly ip: string },
): RequestContext {
  let deviceId: string | null | undefined;
  let locale: string | undefined;
  return {
    requestId: known.requestId,
    ip: known.ip,
    get network() {
      return networkOf(known.ip);
    },
    userAgent: ctx.get('user-agent').slice(0, USER_AGENT_LENGTH),
    memo: new Map(),
    failure: null,
    isAnswered: false,
    cookies: {
      read: (name, path) => cookies.read(ctx, name, path),
      write: (cookie: RequestCookie) => cookies.write(ctx, cookie),
    },
    get deviceId() {
      if (deviceId === undefined) deviceId = deviceOf(ctx, cookies);
      return deviceId;
    },
    set deviceId(value) {
      deviceId = value;
    },
    get locale() {
      locale ??= localeOf(ctx, cookies);
      return locale;
    },
    set locale(value) {
      locale = value;
    },
  };
}

/** Gives this browser an identifier of its own, once; later requests bring it back. */
export function ensureDevice(ctx: Context, cookies: CookieJar): void {
  const context = ctx.state['requestContext'] as RequestContext;
  if (context.deviceId !== null) return;
  context.deviceId = randomBytes(16).toString('base64url');
  cookies.write(ctx, {
    name: DEVICE_COOKIE,
    value: context.deviceId,
    maxAgeSeconds: DEVICE_SECONDS,
  });
}

function canonicalise(
  ctx: Context,
  { host, scheme, ip }: { host: string; scheme: string; ip: string },
): void {
  const { headers } = ctx.req;
  for (const name of FORWARDING_HEADERS) if (name in headers) delete headers[name];
  headers.host = host;
  headers['x-forwarded-proto'] = scheme;
  headers['x-forwarded-for'] = ip;
  ctx.request.ip = ip;
}

function answeredRequest(
  ctx: Context,
  { ip, failure }: RequestContext,
  startedAt: number,
): AnsweredRequest {
  return {
    method: ctx.method,
    route: (ctx.state['routePattern'] as string | undefined) ?? 'none',
    status: ctx.res.statusCode,
    startedAt,
    ip,
    isAborted: !ctx.res.writableFinished,
    isRoutine: ctx.state['isRoutine'] === true,
    failure,
  };
}

function deviceOf(ctx: Context, cookies: CookieJar): string | null {
  const device = cookies.read(ctx, DEVICE_COOKIE);
  return device !== undefined && DEVICE_ID.test(device) ? device : null;
}

function localeOf(ctx: Context, cookies: CookieJar): string {
  const query = new URLSearchParams(ctx.querystring).get('ui_locales') ?? '';
  const wanted = [
    ...query.split(' ', 20),
    cookies.read(ctx, LOCALE_COOKIE) ?? '',
    ...acceptedLanguages(ctx.get('accept-language')),
  ];
  return pickLocale(wanted) ?? LOCALES[0];
}
