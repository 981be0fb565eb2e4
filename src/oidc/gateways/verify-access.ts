import type { Client } from '../../clients/index.ts';
import type { FastPathContext } from '../fast-path/context.ts';
import { words } from '../words.ts';
import { findAccessByCookie, findAccessByToken, type LiveGatewayAccess } from './find-access.ts';
import { signInAddressAt, siteOf } from './gateway-site.ts';

/** The request that a gateway has received. */
export interface CheckedRequest {
  readonly authorization: string | undefined;
  /** The header `Cookie`. */
  readonly cookies: string | undefined;
  readonly method: string | undefined;
  /** Path and query. */
  readonly path: string | undefined;
  readonly accept: string | undefined;
  /** The header `Sec-Fetch-Mode`. */
  readonly fetchMode: string | undefined;
  /** Permissions that the request needs, separated by spaces. */
  readonly requiredScope: string | undefined;
}

/** The answer about a request that is allowed. */
export interface AllowedRequest {
  readonly isAllowed: true;
  readonly access: LiveGatewayAccess;
  readonly roles: readonly string[];
  /** Values of the person; empty unless the app and the person chose that. */
  readonly contact: Readonly<Record<string, unknown>>;
}

/** The answer about a request that is refused (RFC 6750 §3.1). */
export interface RefusedRequest {
  readonly isAllowed: false;
  readonly status: 401 | 403;
  readonly code: 'unauthenticated' | 'invalid_token' | 'insufficient_scope';
  /** The value of `WWW-Authenticate`. */
  readonly challenge: string;
  /** Where a browser signs in; null for a request that no person sees. */
  readonly signInAddress: string | null;
}

const BEARER = /^Bearer +([\w.~+/-]+=*)$/i;
/** Values that a gateway may read. */
const CONTACT = ['email', 'email_verified', 'name'];
const REFUSAL = { isAllowed: false } as const;
const INVALID_TOKEN: RefusedRequest = {
  ...REFUSAL,
  status: 401,
  code: 'invalid_token',
  challenge: 'Bearer error="invalid_token"',
  signInAddress: null,
};

/**
 * Decides about a request to the site of a gateway, by its access token or the cookie of a sign-in at the site. A request with a
 * token is decided by the token alone.
 * @throws AppError `ledger_unavailable`, `database_unavailable`: then nothing was released.
 */
export async function verifyAccess(
  ctx: FastPathContext,
  gateway: Client,
  request: CheckedRequest,
): Promise<AllowedRequest | RefusedRequest> {
  const token = BEARER.exec(request.authorization ?? '')?.[1];
  const access =
    token === undefined
      ? await findAccessByCookie(ctx, gateway, request.cookies)
      : await findAccessByToken(ctx, gateway, token);
  if (access === null) return token === undefined ? toSignIn(gateway, request) : INVALID_TOKEN;
  const required = words(request.requiredScope);
  if (access.scopes.length === 0 || !required.every((scope) => access.scopes.includes(scope))) {
    return tooNarrow(required);
  }
  const { person } = access;
  const roles = person === null ? [] : await ctx.roles.rolesOf({ ...person, clientId: gateway.id });
  return { isAllowed: true, access, roles, contact: await contactOf(ctx, gateway, access) };
}

/** A token without any permission opens nothing, even where the gateway names none (RFC 6750 §3.1). */
function tooNarrow(required: readonly string[]): RefusedRequest {
  const scope = required.length === 0 ? '' : `, scope="${required.join(' ')}"`;
  const challenge = `Bearer error="insufficient_scope"${scope}`;
  return { ...REFUSAL, status: 403, code: 'insufficient_scope', challenge, signInAddress: null };
}

function toSignIn(gateway: Client, request: CheckedRequest): RefusedRequest {
  const { method = 'GET', path, accept = '', fetchMode = 'navigate' } = request;
  const isPage = accept.includes('text/html') && fetchMode === 'navigate';
  // A form that is sent after the end of the session cannot be sent again by a redirect.
  const back = method === 'GET' || method === 'HEAD' ? path : undefined;
  return {
    ...REFUSAL,
    status: 401,
    code: 'unauthenticated',
    challenge: 'Bearer',
    signInAddress: isPage ? signInAddressAt(siteOf(gateway), back) : null,
  };
}

/** Only for access that the person gave to the gateway's own app. A value that is shared once is never read by a check. */
async function contactOf(
  ctx: FastPathContext,
  gateway: Client,
  { clientId, person }: LiveGatewayAccess,
): Promise<Readonly<Record<string, unknown>>> {
  if (!gateway.gatewayReadsContact || person === null || clientId !== gateway.id) return {};
  const { accountId, grantId } = person;
  const released = await ctx.releaseRepeatableClaims({
    accountId,
    clientId,
    grantId,
    scopes: [],
    requestedClaims: CONTACT,
    channel: 'introspection',
  });
  return released ?? {};
}
