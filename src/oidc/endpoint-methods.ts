import type { Context, Middleware } from 'koa';

import { HttpError } from '../http/http-error.ts';
import { readForm, type FormFields } from '../http/bodies/request-body.ts';
import { CLIENT_ENDPOINTS, DISCOVERY_PATHS, PROTOCOL_ROUTES } from './configuration.ts';

const READ = ['GET', 'HEAD'];
const READ_BY_SCRIPTS = [...READ, 'OPTIONS'];

/** Paths at which the library answers, and with which methods. */
const METHODS: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(DISCOVERY_PATHS.map((path) => [path, READ_BY_SCRIPTS])),
  ...Object.fromEntries(CLIENT_ENDPOINTS.map((path) => [path, ['OPTIONS', 'POST']])),
  [PROTOCOL_ROUTES.jwks]: READ_BY_SCRIPTS,
  [PROTOCOL_ROUTES.userinfo]: [...READ_BY_SCRIPTS, 'POST'],
  [PROTOCOL_ROUTES.authorization]: [...READ, 'POST'],
  [PROTOCOL_ROUTES.end_session]: [...READ, 'POST'],
  [`${PROTOCOL_ROUTES.end_session}/confirm`]: ['POST'],
  [`${PROTOCOL_ROUTES.end_session}/success`]: READ,
};
const RESUME = new RegExp(`^${PROTOCOL_ROUTES.authorization}/[A-Za-z0-9_-]{1,200}$`);

/** Endpoints at which a POST means the same as a GET (OpenID Connect Core 1.0 §3.1.2.1, RP-Initiated Logout 1.0 §2). */
const ALSO_BY_POST = new Set<string>([PROTOCOL_ROUTES.authorization, PROTOCOL_ROUTES.end_session]);
/** Maximum length of an address. Together with the headers of a browser it stays below the 16 kB that Node accepts. */
const LONGEST_ADDRESS = 12_000;

/**
 * Runs before the library. An unknown path is answered with 404, a wrong method with 405 and `Allow` (RFC 9110
 * §15.5.6), and the answer to a preflight does not reflect the origin (Fetch §3.2.2). A POST to `/auth` or
 * `/session/end` is redirected to the same request by GET: cookies are `SameSite=Lax`, so from another site only a GET
 * sends the session cookie.
 */
export const guardEndpoints: Middleware = async (ctx, next) => {
  const methods = METHODS[ctx.path] ?? (RESUME.test(ctx.path) ? READ : undefined);
  if (methods === undefined) throw new HttpError(404, 'not_found');
  const allow = methods.toSorted().join(', ');
  if (!methods.includes(ctx.method)) {
    throw new HttpError(405, 'method_not_allowed', { Allow: allow });
  }
  if (ctx.method === 'POST' && ALSO_BY_POST.has(ctx.path)) return sendOnByGet(ctx);
  if (ctx.method === 'OPTIONS' && ctx.get('Access-Control-Request-Method') === '') {
    ctx.status = 204;
    ctx.set('Allow', allow);
    return;
  }
  await next();
  if (ctx.method === 'OPTIONS') ctx.set(PREFLIGHT);
};

const PREFLIGHT = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Headers': 'authorization, content-type, dpop',
};

async function sendOnByGet(ctx: Context): Promise<void> {
  const query = toQuery(await readForm(ctx.req));
  const address = `${ctx.path}?${query}`;
  if (address.length > LONGEST_ADDRESS) throw new HttpError(413, 'request_too_long');
  ctx.status = 303;
  ctx.set('Location', address);
  ctx.body = '';
}

/** Repeated parameters stay repeated: the library refuses them (RFC 6749 §3.1). */
function toQuery(fields: FormFields): string {
  const pairs = Object.entries(fields).flatMap(([name, value]) =>
    [value].flat().map((each) => [name, each] as [string, string]),
  );
  return new URLSearchParams(pairs).toString();
}
