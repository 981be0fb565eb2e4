import { tidyLine } from '../../platform/clean-text.ts';
import type { ApplicationType, Client, TokenEndpointAuthMethod } from '../client.ts';
import { PLAIN_SETTINGS } from '../stored-client.ts';

/** The settings that the developer of an app chooses. All others follow from these or are set by administrators. */
const SETTINGS = [
  'name',
  'redirectUris',
  'postLogoutRedirectUris',
  'scopes',
  'tokenEndpointAuthMethod',
  'jwks',
  'subjectType',
  ...PLAIN_SETTINGS,
] as const satisfies readonly (keyof Client)[];

export type ClientSettings = Pick<Client, (typeof SETTINGS)[number]>;

/** The authentication methods of each type of app; the first is the default. */
export const AUTH_METHODS: Readonly<Record<ApplicationType, readonly TokenEndpointAuthMethod[]>> = {
  web: ['client_secret', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
  machine: ['client_secret', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
  single_page: ['none'],
  native: ['none'],
};

/** True for apps that people sign in to; the others act for themselves (RFC 6749 §4.4). */
export function hasSignIn(type: ApplicationType): boolean {
  return type !== 'machine';
}

/** The settings of an app of this type for which the developer chooses nothing. */
export function defaultSettings(type: ApplicationType): Omit<ClientSettings, 'name'> {
  return {
    redirectUris: [],
    postLogoutRedirectUris: [],
    scopes: hasSignIn(type) ? ['openid', 'profile', 'email'] : [],
    tokenEndpointAuthMethod: AUTH_METHODS[type][0] ?? 'none',
    jwks: null,
    subjectType: 'public',
    // OpenID Connect's own default: some libraries accept nothing else unless they are configured.
    idTokenSignedResponseAlg: 'RS256',
    requirePkce: AUTH_METHODS[type].includes('none'),
    claimsInIdToken: false,
    isGateway: false,
    gatewayReadsContact: false,
    rotateRefreshTokens: false,
    accessTokenSeconds: null,
    refreshTokenIdleSeconds: null,
    refreshTokenAbsoluteSeconds: null,
    logoUri: null,
    clientUri: null,
    initiateLoginUri: null,
    backchannelLogoutUri: null,
    backchannelLogoutSessionRequired: true,
    policyUri: null,
    tosUri: null,
    contact: null,
  };
}

/** Returns only the settings, with trimmed texts and without duplicate scopes; empty optional texts become `null`. */
export function tidySettings(settings: ClientSettings): ClientSettings {
  const named = Object.fromEntries(SETTINGS.map((name) => [name, settings[name]]));
  return {
    ...(named as ClientSettings),
    name: tidyLine(settings.name),
    redirectUris: settings.redirectUris.map((uri) => uri.trim()),
    postLogoutRedirectUris: settings.postLogoutRedirectUris.map((uri) => uri.trim()),
    scopes: [...new Set(settings.scopes)],
    logoUri: textOrNull(settings.logoUri),
    clientUri: textOrNull(settings.clientUri),
    initiateLoginUri: textOrNull(settings.initiateLoginUri),
    backchannelLogoutUri: textOrNull(settings.backchannelLogoutUri),
    policyUri: textOrNull(settings.policyUri),
    tosUri: textOrNull(settings.tosUri),
    contact: textOrNull(settings.contact),
  };
}

function textOrNull(text: string | null): string | null {
  const trimmed = text?.trim() ?? '';
  return trimmed === '' ? null : trimmed;
}

/** The protocol's view of an app type; the code flow always comes with refresh (RFC 6749 §6). */
export function flowsOf(type: ApplicationType): { grantTypes: string[]; responseTypes: string[] } {
  return hasSignIn(type)
    ? { grantTypes: ['authorization_code', 'refresh_token'], responseTypes: ['code'] }
    : { grantTypes: ['client_credentials'], responseTypes: [] };
}

/** Host and port that pairwise subjects are made for (OpenID Connect Core 1.0 §8.1). */
export function sectorHost(
  settings: Pick<ClientSettings, 'subjectType' | 'redirectUris'>,
): string | null {
  if (settings.subjectType === 'public') return null;
  return URL.parse(settings.redirectUris[0] ?? '')?.host ?? null;
}
