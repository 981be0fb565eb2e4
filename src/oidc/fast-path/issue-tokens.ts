import type { AccessToken, Client as ProviderClient, RefreshToken } from 'oidc-provider';

import { managedGrantId } from '../grant-management/finish-grant-management.ts';
import { readableScopes } from '../readable-scopes.ts';
import type { FastPathContext } from './context.ts';
import { grantedOf, type LiveAccess } from './live-access.ts';

/** The members that a code and a refresh token have in common, with those that the library's types do not declare. */
interface TokenSource extends Pick<
  RefreshToken,
  | 'acr'
  | 'amr'
  | 'attestationJkt'
  | 'authTime'
  | 'claims'
  | 'expiresWithSession'
  | 'grantId'
  | 'isValid'
  | 'nonce'
  | 'rar'
  | 'resource'
  | 'scope'
  | 'scopes'
  | 'sessionUid'
  | 'sid'
> {
  readonly clientId?: string | undefined;
}

/** The code or refresh token of a token request, with the client and the grant that it stands for. */
export interface Exchange extends LiveAccess {
  readonly source: TokenSource;
  /** Of the access token and the ID token: those of the source, or fewer. */
  readonly scopes: ReadonlySet<string>;
  /** The grant types that led to the token, as the library stores them. */
  readonly gty: string;
}

/** May the client use the grant type, with tokens that are bound to no key and an ID token that holds no value of the person? */
export function hasPlainTokens(client: ProviderClient, grantType: string): boolean {
  return (
    client.grantTypeAllowed(grantType) &&
    client.dpopBoundAccessTokens !== true &&
    client.tlsClientCertificateBoundAccessTokens !== true &&
    client.idTokenEncryptedResponseAlg === undefined &&
    client['consentry_claims_in_id_token'] !== true
  );
}

/** Was the code or token issued to this client and not used yet, bound to no key and no API, and without a `claims` parameter? */
export function isPlainSource(source: TokenSource, { clientId }: ProviderClient): boolean {
  const { attestationJkt, resource, claims, rar } = source;
  return (
    source.clientId === clientId &&
    source.isValid &&
    Boolean(source.scope) &&
    [attestationJkt, resource, claims, rar].every((one) => one === undefined)
  );
}

/** Issues the access token and the ID token. @returns the answer of the token endpoint (RFC 6749 §5.1), as JSON. */
export async function issueTokens(
  ctx: FastPathContext,
  exchange: Exchange,
  refreshToken: () => Promise<string | undefined>,
): Promise<string> {
  const { client, grant, projection } = exchange;
  const accessToken = accessTokenFor(ctx, exchange);
  return JSON.stringify({
    access_token: await accessToken.save(),
    expires_in: accessToken.expiration,
    id_token: await idTokenFor(ctx, exchange),
    refresh_token: await refreshToken(),
    scope: readableScopes(ctx.catalogue, projection.grantedClaims, accessToken.scope ?? ''),
    token_type: accessToken.tokenType,
    grant_id: await managedGrantId(ctx, { grantId: grant.id, client }),
  });
}

function accessTokenFor({ provider }: FastPathContext, exchange: Exchange): AccessToken {
  const { client, grant, source, gty } = exchange;
  const token = new provider.AccessToken({
    accountId: grant.accountId,
    client,
    expiresWithSession: source.expiresWithSession,
    grantId: grant.id,
    gty,
    sessionUid: source.sessionUid,
    sid: source.sid,
  });
  token.scope = grantedOf(exchange, exchange.scopes).join(' ');
  return token;
}

/** An ID token with statements about the sign-in, and no value of the person; undefined without the scope `openid` (OpenID Connect Core 1.0 §3.1.3.3, §12.2). */
async function idTokenFor(
  { provider }: FastPathContext,
  exchange: Exchange,
): Promise<string | undefined> {
  const { client, grant, projection, scopes } = exchange;
  if (!scopes.has('openid')) return undefined;
  const { acr, amr, authTime, nonce, sid } = exchange.source;
  const idToken = new provider.IdToken(
    { sub: grant.accountId, acr, amr, auth_time: authTime },
    { client },
  );
  Object.assign(idToken, {
    scope: grantedOf(exchange, scopes).join(' '),
    mask: {},
    rejected: projection.rejectedClaims,
  });
  idToken.set('nonce', nonce);
  idToken.set('sid', sid);
  return idToken.issue({ use: 'idtoken' });
}
