import type { Client as ProviderClient, RefreshToken } from 'oidc-provider';

/** How long refresh tokens live, in seconds. */
export interface RefreshTokenPolicy {
  /** Unused. */
  readonly idleSeconds: number;
  /** After the last sign-in of the person, however often it is used. */
  readonly absoluteSeconds: number;
}

/** The choices of an app; absent: the settings of the installation. */
interface OwnPolicy {
  readonly consentry_access_token_seconds?: number | null;
  readonly consentry_rotate_refresh_tokens?: boolean;
  readonly consentry_refresh_token_idle_seconds?: number | null;
  readonly consentry_refresh_token_absolute_seconds?: number | null;
}

interface ForApi {
  readonly resourceServer?: unknown;
}

/** Life of an access token in seconds: that of its app, else that of the installation, for an API at most the longest it accepts. */
export function accessTokenSeconds(
  fallback: number,
  token: ForApi,
  client: ProviderClient | undefined,
): number {
  const own = ((client ?? {}) as OwnPolicy).consentry_access_token_seconds ?? null;
  const api = (token.resourceServer as { accessTokenTTL?: number } | undefined)?.accessTokenTTL;
  if (api === undefined) return own ?? fallback;
  return own === null ? api : Math.min(own, api);
}

type Issued = Pick<InstanceType<typeof RefreshToken>, 'authTime' | 'iiat'>;

/**
 * Remaining lifetime of a refresh token in seconds: its maximum time without use, but not beyond its absolute end. At
 * least 1.
 */
export function refreshTokenSeconds(
  policy: RefreshTokenPolicy,
  token: Issued,
  client: ProviderClient | undefined,
): number {
  const own = (client ?? {}) as OwnPolicy;
  const idle = own.consentry_refresh_token_idle_seconds ?? policy.idleSeconds;
  const absolute = own.consentry_refresh_token_absolute_seconds ?? policy.absoluteSeconds;
  const now = Math.floor(Date.now() / 1000);
  const signedInAt = token.authTime ?? token.iiat ?? now;
  return Math.max(1, Math.min(idle, signedInAt + absolute - now));
}

/**
 * Whether a refresh gives a new refresh token. Always for a public client whose token is not bound to a key: a stolen
 * token is detected at its second use (RFC 9700 §4.14.2). Other apps keep their refresh token, which only they can use,
 * unless they choose rotation.
 */
export function isRefreshTokenRotated(
  client: ProviderClient | undefined,
  token: Pick<InstanceType<typeof RefreshToken>, 'isSenderConstrained'> | undefined,
): boolean {
  if (client === undefined) return true;
  if ((client as OwnPolicy).consentry_rotate_refresh_tokens === true) return true;
  return client.tokenEndpointAuthMethod === 'none' && token?.isSenderConstrained() !== true;
}
