import type { ClientSettings } from '../clients.ts';

/** Only the settings, each text trimmed and each scope once; empty optional texts become `null`. */
export function tidySettings(settings: ClientSettings): ClientSettings {
  return {
    name: settings.name.trim().normalize('NFC'),
    redirectUris: settings.redirectUris.map((uri) => uri.trim()),
    postLogoutRedirectUris: settings.postLogoutRedirectUris.map((uri) => uri.trim()),
    scopes: [...new Set(settings.scopes)],
    tokenEndpointAuthMethod: settings.tokenEndpointAuthMethod,
    jwks: settings.jwks,
    subjectType: settings.subjectType,
    idTokenSignedResponseAlg: settings.idTokenSignedResponseAlg,
    requirePkce: settings.requirePkce,
    claimsInIdToken: settings.claimsInIdToken,
    rotateRefreshTokens: settings.rotateRefreshTokens,
    accessTokenSeconds: settings.accessTokenSeconds,
    refreshTokenIdleSeconds: settings.refreshTokenIdleSeconds,
    refreshTokenAbsoluteSeconds: settings.refreshTokenAbsoluteSeconds,
    logoUri: textOrNull(settings.logoUri),
    clientUri: textOrNull(settings.clientUri),
    policyUri: textOrNull(settings.policyUri),
    tosUri: textOrNull(settings.tosUri),
    contact: textOrNull(settings.contact),
  };
}

function textOrNull(text: string | null): string | null {
  const trimmed = text?.trim() ?? '';
  return trimmed === '' ? null : trimmed;
}
