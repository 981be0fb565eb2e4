import type { Client } from '../../clients/index.ts';
import { introspectedBy } from '../../scopes/index.ts';
import type { AccessTokenContent } from '../../tokens/index.ts';
import { isJwt, readStructuredToken } from '../adapters/structured-tokens.ts';
import { limitMachineTokens } from '../client-authentication/limit-machine-tokens.ts';
import { mayIntrospect } from '../client-authentication/may-introspect.ts';
import type { FastPathContext } from '../fast-path/context.ts';
import { findPlainToken } from '../fast-path/find-plain-token.ts';
import {
  findLiveAccess,
  findLiveGrant,
  grantedOf,
  nowInSeconds,
} from '../fast-path/live-access.ts';
import { readableScopes } from '../readable-scopes.ts';
import { subjectOf } from '../subject.ts';
import { words } from '../words.ts';
import { readSession } from './gateway-cookies.ts';
import { siteOf } from './gateway-site.ts';

/** Access that is in force at this moment. */
export interface LiveGatewayAccess {
  /** The app that holds it: the gateway itself, or an app that calls an API behind the gateway. */
  readonly clientId: string;
  /** Null for an app that acts for itself. */
  readonly person: {
    readonly accountId: string;
    readonly grantId: string;
    /** The `sub` for the app that holds the access. */
    readonly sub: string;
  } | null;
  readonly scopes: readonly string[];
  readonly acr: string | null;
  /** Seconds since 1970. */
  readonly authTime: number | null;
}

/**
 * The access that an access token gives to requests through a gateway: the token was issued to the gateway's own app at a sign-in, or
 * for an API whose tokens the gateway may introspect. The checks are those of introspection. Null for all others, for other
 * kinds of tokens, and for tokens that are bound to a key, because a gateway passes on no proof of it.
 */
export async function findAccessByToken(
  ctx: FastPathContext,
  gateway: Client,
  value: string,
): Promise<LiveGatewayAccess | null> {
  const token = await findToken(ctx, value);
  if (token === null || !isForGateway(ctx, gateway, token)) return null;
  const live = token.grantId === undefined ? undefined : await findLiveGrant(ctx, token);
  if (live === null || !(await mayIntrospect(ctx, { clientId: gateway.id }, token))) return null;
  const { accountId, grantId, clientId = '' } = token;
  const owner = await ctx.provider.Client.find(clientId);
  if (owner === undefined) return null;
  const hasPerson = accountId !== undefined && grantId !== undefined;
  const scope = token.scope ?? '';
  return {
    clientId,
    person: hasPerson
      ? { accountId, grantId, sub: subjectOf(ctx.settings.pairwiseSalt, owner, accountId) }
      : null,
    scopes: words(
      live ? readableScopes(ctx.catalogue, live.projection.grantedClaims, scope) : scope,
    ),
    ...(await signInOf(ctx, token)),
  };
}

/** The access of a person who signed in at the site of the gateway. It ends with the session, the consent and the account. */
export async function findAccessByCookie(
  ctx: FastPathContext,
  gateway: Client,
  cookies: string | undefined,
): Promise<LiveGatewayAccess | null> {
  const clientId = gateway.id;
  const held = readSession(ctx, { clientId, site: siteOf(gateway) }, cookies);
  if (held === null) return null;
  const { accountId, grantId, sessionUid, iat, acr, authTime } = held;
  const live = await findLiveAccess(ctx, { accountId, clientId, grantId, iat });
  if (live === null) return null;
  if (!(await ctx.sessions.holdsGrant({ sessionUid, accountId, clientId, grantId }))) return null;
  const granted = grantedOf(live, new Set(words(held.scope))).join(' ');
  return {
    clientId,
    person: {
      accountId,
      grantId,
      sub: subjectOf(ctx.settings.pairwiseSalt, live.client, accountId),
    },
    scopes: words(readableScopes(ctx.catalogue, live.projection.grantedClaims, granted)),
    acr,
    authTime,
  };
}

async function findToken(ctx: FastPathContext, value: string): Promise<AccessTokenContent | null> {
  if (!isJwt(value)) return findPlainToken(ctx, value);
  const read = await readStructuredToken(ctx, value);
  if (read === undefined || !(read.exp > nowInSeconds()) || read.jkt !== undefined) return null;
  if (read.kind === 'AccessToken') return read;
  const store = { ...ctx.tokens.artifacts('ClientCredentials'), find: async () => read };
  return ((await limitMachineTokens(store, ctx.clients).find(value)) as typeof read) ?? null;
}

function isForGateway(
  { catalogue }: FastPathContext,
  gateway: Client,
  { aud, clientId, accountId }: AccessTokenContent,
): boolean {
  // An app can get a token of its own for the management of its grants, which opens no site.
  if (aud === undefined) return clientId === gateway.id && accountId !== undefined;
  return introspectedBy(gateway.id, catalogue.resourceServers).includes(aud);
}

/**
 * The sign-in behind a token, as far as the session knows it: nothing when the session has ended, or the person has signed in
 * again since the token was issued.
 */
async function signInOf(
  { sessions }: FastPathContext,
  { sessionUid, accountId, iat }: AccessTokenContent,
): Promise<Pick<LiveGatewayAccess, 'acr' | 'authTime'>> {
  const session =
    sessionUid === undefined ? undefined : await sessions.artifacts.findByUid(sessionUid);
  const { acr, loginTs } = (session ?? {}) as { readonly acr?: string; readonly loginTs?: number };
  const isSame = session?.accountId === accountId && loginTs !== undefined && loginTs <= iat;
  return isSame ? { acr: acr ?? null, authTime: loginTs } : { acr: null, authTime: null };
}
