import type { AccessToken, Client as ProviderClient, RefreshToken } from 'oidc-provider';

import { finishRedemption } from '../adapters/redeem.ts';
import { managedGrantId } from '../grant-management/finish-grant-management.ts';
import { readableScopes } from '../readable-scopes.ts';
import { isRefreshTokenRotated } from '../token-lives.ts';
import type { FastPathContext } from './context.ts';
import { findLiveAccess, grantedOf, type LiveAccess } from './live-access.ts';
import { identifyPlainClient } from './plain-client.ts';
import type { PlainRequest } from './plain-request.ts';

/** A refresh token with the members that the library's types do not declare. */
type StoredRefreshToken = RefreshToken & { readonly clientId?: string | undefined };

interface Refresh extends LiveAccess {
  /** The token that the request presents. */
  readonly token: StoredRefreshToken;
  /** Of the new access token: those of the refresh token, or fewer. */
  readonly scopes: ReadonlySet<string>;
}

const REFRESHED = 'refresh_token';

/**
 * Answers a refresh (RFC 6749 §6) with an opaque access token. Null for refusals, and for refresh tokens that are bound to a key
 * or an API. A failure before the commit, or in it, leaves the refresh token as it was: nothing can fail after the commit.
 */
export async function answerRefresh(
  ctx: FastPathContext,
  request: PlainRequest,
): Promise<string | null> {
  const redemption = ctx.tokens.beginRedemption();
  const refresh = await findRefresh(ctx, request);
  if (refresh === null) return null;
  const { client, grant, projection, token } = refresh;
  const next = isRefreshTokenRotated(client, token) ? await rotate(ctx, refresh) : token;
  const accessToken = accessTokenFor(ctx, refresh, next);
  const answer = {
    access_token: await accessToken.save(),
    expires_in: accessToken.expiration,
    id_token: await idTokenFor(ctx, refresh),
    refresh_token: next === token ? request.form['refresh_token'] : await next.save(),
    scope: readableScopes(ctx.catalogue, projection.grantedClaims, accessToken.scope ?? ''),
    token_type: accessToken.tokenType,
    grant_id: await managedGrantId(ctx, { grantId: grant.id, client }),
  };
  return finishRedemption(ctx, redemption, {
    answer: JSON.stringify(answer),
    client,
    token,
    parameters: { scope: request.form['scope'] },
  });
}

/** The checks of the library's token endpoint, in its order. */
async function findRefresh(ctx: FastPathContext, request: PlainRequest): Promise<Refresh | null> {
  const { refresh_token: value, scope, resource } = request.form;
  if (!value || scope === '' || resource !== undefined) return null;
  const client = await identifyPlainClient(ctx, request);
  if (client === null || !mayRefresh(client)) return null;
  const token: StoredRefreshToken | undefined = await ctx.provider.RefreshToken.find(value);
  if (token === undefined || token.clientId !== client.clientId || !isPlain(token)) return null;
  const live = await findLiveAccess(ctx, token);
  if (live === null) return null;
  const granted = token.scopes;
  const scopes = scope === undefined ? granted : new Set(scope.split(' '));
  for (const name of scopes) if (!granted.has(name)) return null;
  return { ...live, token, scopes };
}

/** May the client refresh, with tokens that are bound to no key and an ID token that holds no value of the person? */
function mayRefresh(client: ProviderClient): boolean {
  return (
    client.grantTypeAllowed(REFRESHED) &&
    client.dpopBoundAccessTokens !== true &&
    client.tlsClientCertificateBoundAccessTokens !== true &&
    client.idTokenEncryptedResponseAlg === undefined &&
    client['consentry_claims_in_id_token'] !== true
  );
}

/** Is it unused, bound to no key and no API, and without a `claims` parameter? */
function isPlain(token: StoredRefreshToken): boolean {
  return (
    token.isValid &&
    Boolean(token.scope) &&
    !token.isSenderConstrained() &&
    [token.attestationJkt, token.resource, token.claims, token.rar].every(
      (one) => one === undefined,
    )
  );
}

/** Uses the token up. @returns its successor, not saved yet. */
async function rotate(
  { provider }: FastPathContext,
  { client, token }: Refresh,
): Promise<RefreshToken> {
  await token.consume();
  const { iat: _iat, exp: _exp, jti: _jti, kind: _kind, consumed: _consumed, ...kept } = token;
  return new provider.RefreshToken({
    ...(kept as ConstructorParameters<typeof provider.RefreshToken>[0]),
    client,
    rotations: (token.rotations ?? 0) + 1,
    gty: refreshedType(token.gty),
  });
}

function accessTokenFor(
  { provider }: FastPathContext,
  { client, grant, projection, scopes }: Refresh,
  { grantId, gty, expiresWithSession, sessionUid, sid }: RefreshToken,
): AccessToken {
  const token = new provider.AccessToken({
    accountId: grant.accountId,
    client,
    expiresWithSession,
    grantId: grantId ?? '',
    gty: refreshedType(gty),
    sessionUid,
    sid,
  });
  token.scope = grantedOf({ grant, projection }, scopes).join(' ');
  return token;
}

function refreshedType(gty = ''): string {
  return gty.endsWith(REFRESHED) ? gty : `${gty} ${REFRESHED}`;
}

/** Undefined without the scope `openid` (OpenID Connect Core 1.0 §12.2). It holds statements about the sign-in, and no value of the person. */
async function idTokenFor(
  { provider }: FastPathContext,
  { client, grant, projection, token, scopes }: Refresh,
): Promise<string | undefined> {
  if (!scopes.has('openid')) return undefined;
  const { acr, amr, authTime, nonce, sid } = token;
  const idToken = new provider.IdToken(
    { sub: grant.accountId, acr, amr, auth_time: authTime },
    { client },
  );
  Object.assign(idToken, {
    scope: grantedOf({ grant, projection }, scopes).join(' '),
    mask: {},
    rejected: projection.rejectedClaims,
  });
  idToken.set('nonce', nonce);
  idToken.set('sid', sid);
  return idToken.issue({ use: 'idtoken' });
}
