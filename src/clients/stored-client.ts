import type { SigningAlgorithm } from '../platform/keys/signing-keys.ts';
import type { ApplicationType, Client, PublicKeySet, TokenEndpointAuthMethod } from './client.ts';

/** A client with the members that only this slice needs. */
export interface StoredClient extends Client {
  /** The highest purpose version each claim ever had. */
  readonly purposeVersions: Readonly<Record<string, number>>;
}

/** A value of the registry of RFC 7591 §4.2. */
export type RegisteredAuthMethod = Exclude<TokenEndpointAuthMethod, 'client_secret'>;

/** The column `metadata`: RFC 7591 names where there is one. */
export interface StoredMetadata {
  readonly application_type: ApplicationType;
  readonly redirect_uris: readonly string[];
  readonly post_logout_redirect_uris: readonly string[];
  readonly grant_types: readonly string[];
  readonly response_types: readonly string[];
  readonly token_endpoint_auth_method: RegisteredAuthMethod;
  /** The secret is accepted in the header and in the body. Absent in rows written before it existed: only the method above. */
  readonly any_secret_method?: boolean;
  readonly jwks: PublicKeySet | null;
  readonly scopes: readonly string[];
  readonly subject_type: 'public' | 'pairwise';
  readonly sector_identifier_host: string | null;
  readonly id_token_signed_response_alg: SigningAlgorithm;
  readonly require_pkce: boolean;
  /** This and the next four are absent in rows written before they existed. */
  readonly claims_in_id_token?: boolean;
  readonly rotate_refresh_tokens?: boolean;
  readonly access_token_seconds?: number | null;
  readonly refresh_token_idle_seconds?: number | null;
  readonly refresh_token_absolute_seconds?: number | null;
  readonly logo_uri: string | null;
  readonly client_uri: string | null;
  readonly policy_uri: string | null;
  readonly tos_uri: string | null;
  readonly contact: string | null;
  readonly held_by_administrator: boolean;
  /** ISO 8601; absent in rows written before it existed. */
  readonly tokens_cut_off_at?: string | null;
  readonly purpose_versions: Readonly<Record<string, number>>;
}

/** The members of a client in the column `metadata`. */
export function toMetadata(client: StoredClient): StoredMetadata {
  return {
    application_type: client.applicationType,
    redirect_uris: client.redirectUris,
    post_logout_redirect_uris: client.postLogoutRedirectUris,
    grant_types: client.grantTypes,
    response_types: client.responseTypes,
    token_endpoint_auth_method: registeredAuthMethod(client),
    any_secret_method: acceptsAnySecretMethod(client),
    jwks: client.jwks,
    scopes: client.scopes,
    subject_type: client.subjectType,
    sector_identifier_host: client.sectorIdentifierHost,
    id_token_signed_response_alg: client.idTokenSignedResponseAlg,
    require_pkce: client.requirePkce,
    claims_in_id_token: client.claimsInIdToken,
    rotate_refresh_tokens: client.rotateRefreshTokens,
    access_token_seconds: client.accessTokenSeconds,
    refresh_token_idle_seconds: client.refreshTokenIdleSeconds,
    refresh_token_absolute_seconds: client.refreshTokenAbsoluteSeconds,
    logo_uri: client.logoUri,
    client_uri: client.clientUri,
    policy_uri: client.policyUri,
    tos_uri: client.tosUri,
    contact: client.contact,
    held_by_administrator: client.isHeldByAdministrator,
    tokens_cut_off_at: client.tokensCutOffAt?.toISOString() ?? null,
    purpose_versions: client.purposeVersions,
  };
}

/** The value of `token_endpoint_auth_method` that other programs understand: a secret in the header is the default of RFC 7591. */
export function registeredAuthMethod({
  tokenEndpointAuthMethod,
}: Pick<Client, 'tokenEndpointAuthMethod'>): RegisteredAuthMethod {
  return tokenEndpointAuthMethod === 'client_secret'
    ? 'client_secret_basic'
    : tokenEndpointAuthMethod;
}

/** True when the app may send its secret in the header and in the body (RFC 6749 §2.3.1). */
export function acceptsAnySecretMethod({
  tokenEndpointAuthMethod,
}: Pick<Client, 'tokenEndpointAuthMethod'>): boolean {
  return tokenEndpointAuthMethod === 'client_secret';
}
