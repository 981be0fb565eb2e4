import type { Client, TokenEndpointAuthMethod } from './client.ts';

/** A client with the members that only this slice needs. */
export interface StoredClient extends Client {
  /** The highest purpose version of each claim so far. */
  readonly purposeVersions: Readonly<Record<string, number>>;
}

/** A value of the registry of RFC 7591 §4.2. */
type RegisteredAuthMethod = Exclude<TokenEndpointAuthMethod, 'client_secret'>;

/** Settings that a developer changes and that are stored as they are. */
export const PLAIN_SETTINGS = [
  'idTokenSignedResponseAlg',
  'requirePkce',
  'claimsInIdToken',
  'isGateway',
  'gatewayReadsContact',
  'rotateRefreshTokens',
  'accessTokenSeconds',
  'refreshTokenIdleSeconds',
  'refreshTokenAbsoluteSeconds',
  'logoUri',
  'clientUri',
  'initiateLoginUri',
  'backchannelLogoutUri',
  'backchannelLogoutSessionRequired',
  'policyUri',
  'tosUri',
  'contact',
] as const satisfies readonly (keyof Client)[];

/**
 * Members that are stored in the column `metadata` under their name in snake case, which is the name of RFC 7591 where
 * it defines one.
 */
const MEMBERS = [
  'applicationType',
  'redirectUris',
  'postLogoutRedirectUris',
  'grantTypes',
  'responseTypes',
  'jwks',
  'scopes',
  'subjectType',
  'sectorIdentifierHost',
  ...PLAIN_SETTINGS,
  'purposeVersions',
] as const satisfies readonly (keyof StoredClient)[];

type MetadataMember =
  (typeof MEMBERS)[number] | 'tokenEndpointAuthMethod' | 'isHeldByAdministrator' | 'tokensCutOffAt';

/** The column `metadata`. */
export type StoredMetadata = Readonly<Record<string, unknown>>;

/** Values of members that are absent in rows written before they existed. */
const ABSENT = {
  claims_in_id_token: false,
  is_gateway: false,
  gateway_reads_contact: false,
  rotate_refresh_tokens: false,
  access_token_seconds: null,
  refresh_token_idle_seconds: null,
  refresh_token_absolute_seconds: null,
  tokens_cut_off_at: null,
  any_secret_method: false,
  initiate_login_uri: null,
  backchannel_logout_uri: null,
  backchannel_logout_session_required: true,
};

/** The members of a client in the column `metadata`. */
export function toMetadata(client: Pick<StoredClient, MetadataMember>): StoredMetadata {
  return {
    ...Object.fromEntries(MEMBERS.map((name) => [COLUMN_OF[name], client[name]])),
    token_endpoint_auth_method: registeredAuthMethod(client),
    any_secret_method: acceptsAnySecretMethod(client),
    held_by_administrator: client.isHeldByAdministrator,
    tokens_cut_off_at: client.tokensCutOffAt?.toISOString() ?? null,
  };
}

/** The reverse of {@link toMetadata}. */
export function fromMetadata(stored: StoredMetadata): Pick<StoredClient, MetadataMember> {
  const metadata: StoredMetadata = { ...ABSENT, ...stored };
  const cutOffAt = metadata['tokens_cut_off_at'];
  return {
    ...Object.fromEntries(MEMBERS.map((name) => [name, metadata[COLUMN_OF[name]]])),
    tokenEndpointAuthMethod:
      metadata['any_secret_method'] === true
        ? 'client_secret'
        : metadata['token_endpoint_auth_method'],
    isHeldByAdministrator: metadata['held_by_administrator'],
    tokensCutOffAt: cutOffAt === null ? null : new Date(cutOffAt as string),
  } as Pick<StoredClient, MetadataMember>;
}

const COLUMN_OF = Object.fromEntries(
  MEMBERS.map((name) => [name, name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)]),
) as Readonly<Record<(typeof MEMBERS)[number], string>>;

/** The value of `token_endpoint_auth_method` that other programs understand: a secret in the header is the default of RFC 7591. */
export function registeredAuthMethod({
  tokenEndpointAuthMethod: method,
}: Pick<Client, 'tokenEndpointAuthMethod'>): RegisteredAuthMethod {
  return method === 'client_secret' ? 'client_secret_basic' : method;
}

/** True when the app may send its secret in the header and in the body (RFC 6749 §2.3.1). */
export function acceptsAnySecretMethod({
  tokenEndpointAuthMethod,
}: Pick<Client, 'tokenEndpointAuthMethod'>): boolean {
  return tokenEndpointAuthMethod === 'client_secret';
}
