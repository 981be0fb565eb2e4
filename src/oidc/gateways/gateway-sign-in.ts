import { hash, randomBytes } from 'node:crypto';

import type { Client } from '../../clients/index.ts';
import { isAppError } from '../../platform/app-error.ts';
import { finishRedemption } from '../adapters/redeem.ts';
import { PROTOCOL_ROUTES, serverScopes } from '../configuration.ts';
import { findCodeExchange } from '../fast-path/answer-code.ts';
import type { FastPathContext } from '../fast-path/context.ts';
import { nowInSeconds } from '../fast-path/live-access.ts';
import {
  forgetAttempt,
  forgetSession,
  type GatewaySession,
  readAttempt,
  type SignInAttempt,
  writeAttempt,
  writeSession,
} from './gateway-cookies.ts';
import { type GatewaySite, returnAddressAt, siteOf } from './gateway-site.ts';

/** Where a browser goes next, with its cookies. */
export interface NextAddress {
  readonly location: string;
  /** Values of `Set-Cookie`. */
  readonly cookies: readonly string[];
}

/** The parameters of an authorization response (RFC 6749 §4.1.2, RFC 9207 §2). */
export interface AuthorizationResponse {
  readonly code?: string | undefined;
  readonly state?: string | undefined;
  readonly iss?: string | undefined;
  readonly error?: string | undefined;
}

/** The page of this server that a person sees when a sign-in at a site ended without access. */
export const STOPPED_PATH = '/gateway/stopped';
/** Why a sign-in at a site ended without access. */
export const STOPPED_REASONS = ['refused', 'expired', 'failed'] as const;
export type StoppedReason = (typeof STOPPED_REASONS)[number];

const RANDOM_BYTES = 32;

/** Starts the sign-in of a browser at the site of a gateway: an authorization request with PKCE (RFC 7636), bound to this browser by its state. */
export function beginSignIn(
  ctx: FastPathContext,
  gateway: Client,
  to: string | undefined,
): NextAddress {
  const site = siteOf(gateway);
  const attempt: SignInAttempt = {
    state: randomBytes(RANDOM_BYTES).toString('base64url'),
    codeVerifier: randomBytes(RANDOM_BYTES).toString('base64url'),
    to: to ?? '/',
  };
  const { issuer } = ctx.settings;
  const url = new URL(PROTOCOL_ROUTES.authorization, issuer);
  url.search = new URLSearchParams({
    client_id: gateway.id,
    redirect_uri: site.callback,
    response_type: 'code',
    scope: requestedScope(ctx, gateway),
    state: attempt.state,
    code_challenge: hash('sha256', attempt.codeVerifier, 'base64url'),
    code_challenge_method: 'S256',
  }).toString();
  return {
    location: url.href,
    cookies: [writeAttempt(ctx, { clientId: gateway.id, site }, attempt)],
  };
}

/** What the app registered, without access that outlives the session. */
function requestedScope({ catalogue }: FastPathContext, { scopes }: Client): string {
  const known = new Set(serverScopes(catalogue));
  return scopes.filter((name) => known.has(name) && name !== 'offline_access').join(' ');
}

/**
 * Finishes it: exchanges the code without a request to the token endpoint, and issues no token. Only the browser that started the
 * sign-in gets the cookie, so that a foreign account cannot be put into a browser.
 */
export async function finishSignIn(
  ctx: FastPathContext,
  gateway: Client,
  input: { readonly response: AuthorizationResponse; readonly cookies: string | undefined },
): Promise<NextAddress> {
  const { response, cookies } = input;
  const { state = '' } = response;
  const site = siteOf(gateway);
  const place = { clientId: gateway.id, site };
  const attempt = readAttempt(ctx, place, { cookies, state });
  const stop = (reason: StoppedReason, forgets: readonly string[]): NextAddress => {
    const url = new URL(STOPPED_PATH, ctx.settings.issuer);
    url.search = new URLSearchParams({ app: gateway.id, reason }).toString();
    return { location: url.href, cookies: forgets };
  };
  if (attempt?.state !== state) return stop('expired', []);
  const forgotten = forgetAttempt(place, state);
  const session = await redeemCode(ctx, gateway, { response, attempt });
  if (typeof session === 'string') return stop(session, [forgotten]);
  return {
    location: returnAddressAt(site, attempt.to),
    cookies: [forgotten, writeSession(ctx, place, session)],
  };
}

/** Removes the sign-in at the site, and leads to the page that ends the session at this server (RP-Initiated Logout 1.0 §2). */
export function beginSignOut(ctx: FastPathContext, gateway: Client): NextAddress {
  const site: GatewaySite = siteOf(gateway);
  const url = new URL(PROTOCOL_ROUTES.end_session, ctx.settings.issuer);
  url.searchParams.set('client_id', gateway.id);
  const [landing] = gateway.postLogoutRedirectUris;
  if (landing !== undefined) url.searchParams.set('post_logout_redirect_uri', landing);
  return { location: url.href, cookies: [forgetSession({ site })] };
}

async function redeemCode(
  ctx: FastPathContext,
  gateway: Client,
  given: { readonly response: AuthorizationResponse; readonly attempt: SignInAttempt },
): Promise<GatewaySession | StoppedReason> {
  const { code, iss, error } = given.response;
  if (iss !== ctx.settings.issuer) return 'failed';
  if (error !== undefined) return error === 'access_denied' ? 'refused' : 'failed';
  const client = await ctx.provider.Client.find(gateway.id);
  if (client === undefined || code === undefined) return 'failed';
  const redemption = ctx.tokens.beginRedemption({ isUseFoundAtCommit: true });
  const exchange = await findCodeExchange(ctx, client, {
    code,
    redirect_uri: siteOf(gateway).callback,
    code_verifier: given.attempt.codeVerifier,
  });
  if (exchange === null) return 'failed';
  const { source, grant } = exchange;
  if (source.sessionUid === undefined) return 'failed';
  await source.consume();
  const answered = { answer: '{}', client, token: undefined, parameters: {} };
  try {
    await finishRedemption(ctx, redemption, answered);
  } catch (failure) {
    if (isAppError(failure, 'already_used')) return 'failed';
    throw failure;
  }
  return {
    accountId: grant.accountId,
    grantId: grant.id,
    sessionUid: source.sessionUid,
    scope: source.scope ?? '',
    acr: source.acr ?? null,
    authTime: source.authTime ?? null,
    iat: nowInSeconds(),
  };
}
