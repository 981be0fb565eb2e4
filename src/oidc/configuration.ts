import {
  type Client as ProviderClient,
  type Configuration,
  errors,
  type KoaContextWithOIDC,
} from 'oidc-provider';

import { CLIENT_SIGNING_ALGORITHMS } from '../clients/index.ts';
import { PROTOCOL_CLAIMS, type Catalogue } from '../scopes/index.ts';
import { randomBitsOf } from './adapters/adapter-token-kinds.ts';
import { SIGNING_ALGORITHMS, type SigningJwk } from '../platform/keys/signing-keys.ts';
import { checkAssertionTimes } from './client-authentication/check-client-assertion.ts';
import { GRANT_SCOPE_NAMES, grantManagementMetadata } from './grant-management/grant-management.ts';
import { guardedFetch } from '../platform/outbound/guarded-fetch.ts';
import { createCookieSignatures } from './cookie-signatures.ts';
import { toLibraryKey } from './sync-signing-key.ts';
import {
  accessTokenSeconds,
  isRefreshTokenRotated,
  type RefreshTokenPolicy,
  refreshTokenSeconds,
} from './token-lives.ts';
import { MOST_DIFFERENCE_SECONDS } from '../platform/postgres/database-clock.ts';
import type { ProtocolSettings } from './context.ts';

/** The name of the cookie of a session; over TLS with the prefix `__Host-`. */
export const SESSION_COOKIE = 'consentry-session';

/**
 * The strength of a sign-in, as `acr` (OpenID Connect Core 1.0 §2). Discovery lists every value here, so a sign-in must
 * be able to reach each.
 */
export const ACR = {
  /** One proof: a password, or a code or link that was sent to the person. */
  oneFactor: 'urn:consentry:acr:one-factor',
  /** After that a second, independent proof. */
  twoStep: 'urn:consentry:acr:two-step',
} as const;

/** The strength of a sign-in by these methods (RFC 8176). */
export function acrOf(amr: readonly string[]): string {
  return amr.includes('mfa') || amr.includes('mca') ? ACR.twoStep : ACR.oneFactor;
}

/** Paths of the protocol endpoints. */
export const PROTOCOL_ROUTES = {
  authorization: '/auth',
  token: '/token',
  userinfo: '/userinfo',
  jwks: '/jwks',
  introspection: '/token/introspection',
  revocation: '/token/revocation',
  pushed_authorization_request: '/par',
  end_session: '/session/end',
} as const;

/** Paths of the discovery documents (OpenID Connect Discovery 1.0 §4, RFC 8414 §3). */
export const DISCOVERY_PATHS: readonly string[] = [
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
];

/** Paths of the endpoints at which clients authenticate themselves. */
export const CLIENT_ENDPOINTS: readonly string[] = [
  PROTOCOL_ROUTES.token,
  PROTOCOL_ROUTES.introspection,
  PROTOCOL_ROUTES.revocation,
  PROTOCOL_ROUTES.pushed_authorization_request,
];

/** Members of an app's metadata that the library does not define but must keep. */
export const CLIENT_EXTRAS = [
  'consentry_any_secret_method',
  'consentry_require_pkce',
  'consentry_claims_in_id_token',
  'consentry_rotate_refresh_tokens',
  'consentry_access_token_seconds',
  'consentry_refresh_token_idle_seconds',
  'consentry_refresh_token_absolute_seconds',
] as const;

/**
 * The settings of the library that follow from ours. Hooks that need storage are added by `provider.ts`.
 * Not offered on purpose: implicit and hybrid response types, the password grant, plain PKCE, symmetric signatures.
 */
export function protocolConfiguration(
  settings: ProtocolSettings,
  catalogue: Catalogue,
  keys: readonly SigningJwk[],
): Configuration {
  const { lifetimes } = settings;
  return {
    jwks: { keys: keys.map(toLibraryKey) },
    routes: PROTOCOL_ROUTES,
    scopes: serverScopes(catalogue),
    claims: claimsByScope(catalogue),
    acrValues: Object.values(ACR),
    subjectTypes: ['public', 'pairwise'],
    responseTypes: ['code', 'none'],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    clientDefaults: { id_token_signed_response_alg: 'RS256', response_types: ['code'] },
    // Which claims of the scopes an ID token has is decided where they are released: see `find-account.ts`.
    conformIdTokenClaims: false,
    enabledJWA: {
      idTokenSigningAlgValues: [...SIGNING_ALGORITHMS],
      clientAuthSigningAlgValues: [...CLIENT_SIGNING_ALGORITHMS],
    },
    assertJwtClientAuthClaimsAndHeader: async (_ctx, claims) => checkAssertionTimes(claims),
    pkce: { required: isPkceRequired },
    rotateRefreshToken: ({ oidc }) =>
      isRefreshTokenRotated(oidc.client, oidc.entities.RefreshToken),
    formats: { bitsOfOpaqueRandomness: randomBitsOf },
    allowOmittingSingleRegisteredRedirectUri: false,
    extraClientMetadata: { properties: [...CLIENT_EXTRAS] },
    clientBasedCORS: isOriginOfClient,
    cookies: cookies(settings),
    // The library takes its times from the machine, which may be that far off before the node stops being ready.
    clockTolerance: MOST_DIFFERENCE_SECONDS,
    ttl: {
      AccessToken: (_ctx, token, client) =>
        accessTokenSeconds(lifetimes.accessToken, token, client),
      ClientCredentials: (_ctx, token, client) =>
        accessTokenSeconds(lifetimes.accessToken, token, client),
      AuthorizationCode: lifetimes.authorizationCode,
      IdToken: lifetimes.idToken,
      RefreshToken: (_ctx, token, client) =>
        refreshTokenSeconds(refreshTokenPolicy(settings), token, client),
      Interaction: lifetimes.interaction,
      // A session without a sign-in lasts as long as a sign-in may take. All others: see `adapter-session-rotation.ts`.
      Session: lifetimes.interaction,
      Grant: lifetimes.grant,
    },
    fetch: guardedFetch,
    fetchResponseBodyLimits: { jwks_uri: 64 * 1024, sector_identifier_uri: 64 * 1024 },
    discovery: {
      ...(settings.hasApiDocs && { service_documentation: `${settings.issuer}/docs` }),
      ui_locales_supported: [...settings.locales],
      ...grantManagementMetadata(settings.issuer),
    },
  };
}

/** The settings of refresh tokens for apps without choices of their own. */
export function refreshTokenPolicy({ lifetimes }: ProtocolSettings): RefreshTokenPolicy {
  return {
    idleSeconds: lifetimes.refreshToken,
    absoluteSeconds: lifetimes.refreshTokenAbsolute,
  };
}

/** Every scope that is granted by the server itself; those of an API are requested with its `resource`. */
export function serverScopes(catalogue: Catalogue): string[] {
  return [
    ...catalogue.dataScopes.map((scope) => scope.name),
    ...catalogue.accountScopes,
    ...GRANT_SCOPE_NAMES,
  ];
}

/** Which claims a scope stands for (OpenID Connect Core 1.0 §5.4). */
function claimsByScope(catalogue: Catalogue): Record<string, null | string[]> {
  const { openid, others } = PROTOCOL_CLAIMS;
  const alone = [...openid, ...others].filter((name) => name !== 'sub');
  const byScope: Record<string, null | string[]> = Object.fromEntries(
    alone.map((name) => [name, null]),
  );
  for (const scope of catalogue.dataScopes) {
    if (scope.claims.length > 0) byScope[scope.name] = [...scope.claims];
  }
  byScope['openid'] = [...openid];
  return byScope;
}

/**
 * The library calls this for a request without `code_challenge`. PKCE is required of public apps and of apps that chose
 * it. Other apps may send a nonce instead, which makes a stolen code useless (RFC 9700 §2.1.1).
 * @throws InvalidRequest without both.
 */
function isPkceRequired(ctx: KoaContextWithOIDC, client: ProviderClient): boolean {
  if (!mayUseNonce(client)) return true;
  // The library refuses a nonce without the scope `openid`.
  if (ctx.oidc.params?.['nonce'] !== undefined) return false;
  throw new errors.InvalidRequest(
    'send code_challenge with code_challenge_method=S256 (PKCE), or a nonce',
  );
}

/** May the app send a nonce in place of PKCE? */
export function mayUseNonce(client: ProviderClient): boolean {
  return client.tokenEndpointAuthMethod !== 'none' && client['consentry_require_pkce'] !== true;
}

/** Browsers may call from the origins of the redirect addresses of the app, never from the origin `null`. */
function isOriginOfClient(
  _ctx: KoaContextWithOIDC,
  origin: string,
  client: ProviderClient,
): boolean {
  if (origin === 'null') return false;
  return (client.redirectUris ?? []).some((uri) => URL.parse(uri)?.origin === origin);
}

/** The name of the session cookie at this issuer. */
export function sessionCookieName({ issuer }: Pick<ProtocolSettings, 'issuer'>): string {
  return issuer.startsWith('https:') ? `__Host-${SESSION_COOKIE}` : SESSION_COOKIE;
}

/** The attributes of the cookies of the protocol. */
export function sessionCookieOptions({ issuer }: Pick<ProtocolSettings, 'issuer'>) {
  const isSecure = issuer.startsWith('https:');
  return {
    httpOnly: true,
    sameSite: 'lax',
    signed: true,
    secure: isSecure,
    overwrite: true,
  } as const;
}

function cookies(settings: ProtocolSettings): NonNullable<Configuration['cookies']> {
  const options = sessionCookieOptions(settings);
  return {
    keys: createCookieSignatures(settings.cookieKeys),
    names: {
      session: sessionCookieName(settings),
      interaction: 'consentry-interaction',
      resume: 'consentry-resume',
    },
    long: options,
    short: options,
  };
}
