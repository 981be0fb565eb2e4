import { randomBytes } from 'node:crypto';

import type { Context, Middleware } from 'koa';

import {
  areCookiesDiscarded,
  type RequestContext,
  type RequestCookie,
  runInRequest,
  serveInRequest,
} from '../../platform/request-context.ts';
import { FALLBACK_LOCALE } from '../../platform/languages.ts';
import type { CookieJar } from '../cookies.ts';
import { acceptedLanguages } from '../pages/accepted-languages.ts';
import type { Translator } from '../pages/i18n.ts';
import { LOCALE_COOKIE } from '../pages/page-sender.ts';
import type { HttpSettings } from '../settings.ts';
import { createIdentification, type Identity, userAgentOf } from './identification.ts';
import { isOwnRequest } from '../../platform/own-requests.ts';
import { onceClosed, type RequestLog } from './request-log.ts';

interface IngressDeps {
  readonly settings: HttpSettings;
  readonly cookies: CookieJar;
  readonly requestLog: RequestLog;
  readonly translator: Pick<Translator, 'languages'>;
}

const DEVICE_ID = /^[\w-]{22}$/;
const DEVICE_COOKIE = 'device';
const DEVICE_SECONDS = 60 * 60 * 24 * 365;
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
 * First middleware: determines the caller's address and language, and logs the request after its answer.
 *
 * After it the request carries *our* host and scheme and the caller's real address in `Host`, `X-Forwarded-Proto` and
 * `X-Forwarded-For`, in place of the received headers, so that they cannot mislead code that reads them (oidc-provider with
 * `proxy = true`).
 */
export function createIngress(deps: IngressDeps): Middleware {
  const { settings, requestLog } = deps;
  const identify = createIdentification(settings);
  const { host, protocol } = new URL(settings.issuer);
  const scheme = protocol.slice(0, -1);

  return async (ctx, next) => {
    const startedAt = performance.now();
    const identity = identify(ctx.req);
    const { ip, requestId } = identity;
    // Before the first read of a cookie, when koa decides whether it may set secure ones.
    canonicalise(ctx, { host, scheme, ip });
    const context = describeRequest(ctx, deps, identity);
    ctx.state['requestContext'] = context;
    ctx.set('X-Request-Id', requestId);
    onceClosed(ctx.res, () => {
      context.isAnswered = true;
      const answered = {
        method: ctx.method,
        route: (ctx.state['routePattern'] as string | undefined) ?? 'none',
        status: ctx.res.statusCode,
        startedAt,
        ip,
        isAborted: !ctx.res.writableFinished,
        isRoutine: ctx.state['isRoutine'] === true,
        isOwn: isOwnRequest(ctx.req),
        failure: context.failure,
      };
      runInRequest(context, () => requestLog(answered));
    });
    await serveInRequest(context, async () => {
      await next();
      // After an outage the browser repeats the request with the same cookies.
      const isDiscarding = ctx.status === 503 || areCookiesDiscarded(context);
      if (isDiscarding && !ctx.headerSent) ctx.remove('Set-Cookie');
    });
  };
}

/** Cookies and languages are read on demand: programs send neither, and most requests are theirs. */
function describeRequest(
  ctx: Context,
  deps: IngressDeps,
  { requestId, ip, network }: Identity,
): RequestContext {
  const { cookies } = deps;
  let deviceId: string | null | undefined;
  let locale: string | undefined;
  return {
    requestId,
    ip,
    network,
    userAgent: userAgentOf(ctx.req),
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
      locale ??= localeOf(ctx, deps);
      return locale;
    },
    set locale(value) {
      locale = value;
    },
  };
}

/** Gives this browser an identifier of its own, once; later requests contain it. */
export function ensureDevice(ctx: Context, cookies: CookieJar): void {
  const context = ctx.state['requestContext'] as RequestContext;
  if (context.deviceId !== null) return;
  const value = randomBytes(16).toString('base64url');
  context.deviceId = value;
  cookies.write(ctx, { name: DEVICE_COOKIE, value, maxAgeSeconds: DEVICE_SECONDS });
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

function deviceOf(ctx: Context, cookies: CookieJar): string | null {
  const device = cookies.read(ctx, DEVICE_COOKIE);
  return device !== undefined && DEVICE_ID.test(device) ? device : null;
}

function localeOf(ctx: Context, { cookies, translator }: IngressDeps): string {
  const query = new URLSearchParams(ctx.querystring).get('ui_locales') ?? '';
  const wanted = [
    ...query.split(' ', 20),
    cookies.read(ctx, LOCALE_COOKIE) ?? '',
    ...acceptedLanguages(ctx.get('accept-language')),
  ];
  return translator.languages.pick(wanted) ?? FALLBACK_LOCALE;
}
