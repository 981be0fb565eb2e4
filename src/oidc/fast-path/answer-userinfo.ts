import { isTokenPrefixed } from '../adapters/adapter-token-kinds.ts';
import { findLiveToken } from '../live-token.ts';
import type { FastPathContext } from './context.ts';
import { bearerOf, type PlainRequest } from './plain-request.ts';

/**
 * Answers UserInfo (OpenID Connect Core 1.0 §5.3) as JSON. Null when the library has to answer: without a valid token
 * for this endpoint, for a token with a `claims` parameter, and for an app with signed or encrypted answers.
 */
export async function answerUserinfo(
  ctx: FastPathContext,
  { req }: PlainRequest,
): Promise<string | null> {
  const value = bearerOf(req);
  if (value === null || !isTokenPrefixed('AccessToken', value)) return null;
  const token = await ctx.provider.AccessToken.find(value);
  if (token === undefined || !token.scopes.has('openid')) return null;
  if (token.aud !== undefined || token.claims !== undefined || token.isSenderConstrained()) {
    return null;
  }
  const live = await findLiveToken(ctx, ctx.provider, token);
  if (live === null) return null;
  const { client, account, grant } = live;
  if (client.userinfoSignedResponseAlg || client.userinfoEncryptedResponseAlg) return null;
  const scope = grant.getOIDCScopeFiltered(token.scopes);
  const released = await ctx.releaseClaims({
    accountId: account.id,
    clientId: client.clientId,
    grantId: grant.jti,
    scopes: scope.split(' ').filter((word) => word !== ''),
    requestedClaims: [],
    channel: 'userinfo',
  });
  const claims = new ctx.provider.Claims({ ...released, sub: account.id }, { client });
  claims.scope(scope);
  claims.rejected(grant.getRejectedOIDCClaims());
  return JSON.stringify(await claims.result());
}
