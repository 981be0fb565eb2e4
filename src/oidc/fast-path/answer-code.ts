import { hash } from 'node:crypto';

import type { AuthorizationCode, Client as ProviderClient } from 'oidc-provider';

import { isAppError } from '../../platform/app-error.ts';
import { finishRedemption } from '../adapters/redeem.ts';
import type { FastPathContext } from './context.ts';
import { type Exchange, hasPlainTokens, isPlainSource, issueTokens } from './issue-tokens.ts';
import { findLiveAccess } from './live-access.ts';
import { identifyPlainClient } from './plain-client.ts';
import type { PlainForm, PlainRequest } from './plain-request.ts';

interface CodeExchange extends Exchange {
  /** The code that the request presents. */
  readonly source: AuthorizationCode;
}

const GRANT_TYPE = 'authorization_code';
/** RFC 7636 §4.1. */
const VERIFIER = /^[\w.~-]{43,128}$/;

/**
 * Exchanges a code (RFC 6749 §4.1.3, RFC 7636 §4.5) for an opaque access token. Null for refusals, and for codes that are bound to
 * a key or an API. A failure before the commit, or in it, leaves the code as it was: nothing can fail after the commit.
 */
export async function answerCode(
  ctx: FastPathContext,
  request: PlainRequest,
): Promise<string | null> {
  const arrivedAt = ctx.clock.now();
  const redemption = ctx.tokens.beginRedemption({ isUseFoundAtCommit: true });
  const exchange = await findExchange(ctx, request);
  if (exchange === null) return null;
  await exchange.source.consume();
  const answered = {
    answer: await issueTokens(ctx, exchange, () => issueRefreshToken(ctx, exchange)),
    client: exchange.client,
    token: undefined,
    parameters: {},
  };
  try {
    return await finishRedemption(ctx, redemption, answered);
  } catch (error) {
    if (!isAppError(error, 'already_used')) throw error;
    // A code that was used before this request arrived may be stolen: the library ends the access that it gave. Of two requests at
    // the same time, the later one is only refused.
    if (await ctx.tokens.wasUsedBy(exchange.source.jti, arrivedAt)) return null;
    throw error;
  }
}

/** The checks of the library's token endpoint, in its order. */
async function findExchange(
  ctx: FastPathContext,
  request: PlainRequest,
): Promise<CodeExchange | null> {
  const { form } = request;
  if (!form['code'] || !form['redirect_uri'] || IGNORED.some((name) => name in form)) return null;
  const client = await identifyPlainClient(ctx, request);
  if (client === null || !hasPlainTokens(client, GRANT_TYPE)) return null;
  return findCodeExchange(ctx, client, form);
}

/** The code of `form`, if this client may exchange it: issued to it, for this address and this verifier, and still in force. */
export async function findCodeExchange(
  ctx: FastPathContext,
  client: ProviderClient,
  form: PlainForm,
): Promise<CodeExchange | null> {
  const source: (CodeExchange['source'] & Exchange['source']) | undefined =
    await ctx.provider.AuthorizationCode.find(form['code'] ?? '');
  if (source === undefined || !isPlainSource(source, client)) return null;
  if (source.dpopJkt !== undefined) return null;
  if (source.redirectUri !== form['redirect_uri'] || !isVerified(source, form)) return null;
  const live = await findLiveAccess(ctx, source);
  return live && { ...live, source, scopes: source.scopes, gty: GRANT_TYPE };
}

/** Fields of other grant types. */
const IGNORED = ['refresh_token', 'scope', 'resource'];

/**
 * Does the verifier fit the challenge, or is there neither? The time of the comparison reveals nothing useful, because digests of
 * secrets with 256 bits are compared.
 */
function isVerified(
  { codeChallenge, codeChallengeMethod }: AuthorizationCode,
  { code_verifier: verifier }: PlainForm,
): boolean {
  if (codeChallenge === undefined) return verifier === undefined;
  if (codeChallengeMethod !== 'S256' || !VERIFIER.test(verifier ?? '')) return false;
  return hash('sha256', verifier ?? '', 'base64url') === codeChallenge;
}

/** The library's default rule (OpenID Connect Core 1.0 §11). */
async function issueRefreshToken(
  { provider }: FastPathContext,
  { client, source, gty }: CodeExchange,
): Promise<string | undefined> {
  if (!client.grantTypeAllowed('refresh_token') || !source.scopes.has('offline_access'))
    return undefined;
  const { accountId, acr, amr, authTime, expiresWithSession, grantId, nonce } = source;
  const token = new provider.RefreshToken({
    accountId,
    acr,
    amr,
    authTime,
    client,
    expiresWithSession,
    grantId,
    gty,
    nonce,
    rotations: 0,
    scope: source.scope,
    sessionUid: source.sessionUid,
    sid: source.sid,
  } as ConstructorParameters<typeof provider.RefreshToken>[0]);
  return token.save();
}
