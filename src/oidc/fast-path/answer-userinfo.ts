import type { FastPathContext } from './context.ts';
import { findPlainToken, kindOf } from './find-plain-token.ts';
import { findLiveAccess, grantedOf } from './live-access.ts';
import { bearerOf, type PlainRequest } from './plain-request.ts';

/**
 * Answers UserInfo (OpenID Connect Core 1.0 §5.3) as JSON. Null when the library has to answer: without a valid token
 * for this endpoint, for a token with a `claims` parameter, for an app with signed or encrypted answers, and for values
 * that are shared once.
 */
export async function answerUserinfo(
  ctx: FastPathContext,
  { req }: PlainRequest,
): Promise<string | null> {
  const value = bearerOf(req);
  if (value === null || kindOf(value) !== 'AccessToken') return null;
  const token = await findPlainToken(ctx, value);
  if (token === null || token.aud !== undefined || token.claims !== undefined) return null;
  const requested = new Set(token.scope?.split(' '));
  if (!requested.has('openid')) return null;
  const live = await findLiveAccess(ctx, token);
  if (live === null) return null;
  const { client, grant, projection } = live;
  if (client.userinfoSignedResponseAlg || client.userinfoEncryptedResponseAlg) return null;
  const scopes = grantedOf(live, requested);
  const released = await ctx.releaseRepeatableClaims({
    accountId: grant.accountId,
    clientId: client.clientId,
    grantId: grant.id,
    scopes,
    requestedClaims: [],
    channel: 'userinfo',
  });
  if (released === null) return null;
  const claims = new ctx.provider.Claims({ ...released, sub: grant.accountId }, { client });
  claims.scope(scopes.join(' '));
  claims.rejected(projection.rejectedClaims);
  return JSON.stringify(await claims.result());
}
