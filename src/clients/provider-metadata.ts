import crypto from 'node:crypto';

import type { ClientMetadata } from 'oidc-provider';

import { type Client, needsSecret } from './client.ts';
import { acceptsAnySecretMethod, registeredAuthMethod } from './stored-client.ts';
import { epochSeconds } from '../platform/clock.ts';

// The library requires a secret of every confidential client. We store fingerprints and compare them in `verifySecret`.
// This value is random, in case the library uses it as a key, and constant per process, so that equal clients stay
// equal.
const SECRET_PLACEHOLDER = crypto.randomBytes(32).toString('base64url');

/**
 * An app as oidc-provider's Client schema takes it (RFC 7591 §2 names).
 *
 * `scope` is left out on purpose: the catalogue changes while the server runs, and the library refuses a client with a
 * scope that it does not know at that moment. `oidc/` removes the scopes of a request that are not in `client.scopes`.
 */
export function toProviderMetadata(client: Client): ClientMetadata {
  return {
    client_id: client.id,
    client_name: client.name,
    client_id_issued_at: epochSeconds(client.createdAt),
    application_type: client.applicationType === 'native' ? 'native' : 'web',
    grant_types: grantTypesOf(client),
    response_types: [...client.responseTypes] as NonNullable<ClientMetadata['response_types']>,
    redirect_uris: [...client.redirectUris],
    post_logout_redirect_uris: [...client.postLogoutRedirectUris],
    token_endpoint_auth_method: registeredAuthMethod(client),
    id_token_signed_response_alg: client.idTokenSignedResponseAlg,
    subject_type: client.subjectType,
    consentry_any_secret_method: acceptsAnySecretMethod(client),
    consentry_require_pkce: client.requirePkce,
    consentry_claims_in_id_token: client.claimsInIdToken,
    consentry_rotate_refresh_tokens: client.rotateRefreshTokens,
    consentry_access_token_seconds: client.accessTokenSeconds,
    consentry_refresh_token_idle_seconds: client.refreshTokenIdleSeconds,
    consentry_refresh_token_absolute_seconds: client.refreshTokenAbsoluteSeconds,
    ...(needsSecret(client.tokenEndpointAuthMethod) ? { client_secret: SECRET_PLACEHOLDER } : {}),
    ...(client.jwks === null ? {} : { jwks: client.jwks }),
    ...(client.logoUri === null ? {} : { logo_uri: client.logoUri }),
    ...(client.clientUri === null ? {} : { client_uri: client.clientUri }),
    ...(client.initiateLoginUri === null ? {} : { initiate_login_uri: client.initiateLoginUri }),
    ...(client.backchannelLogoutUri === null
      ? {}
      : {
          backchannel_logout_uri: client.backchannelLogoutUri,
          backchannel_logout_session_required: client.backchannelLogoutSessionRequired,
        }),
    ...(client.policyUri === null ? {} : { policy_uri: client.policyUri }),
    ...(client.tosUri === null ? {} : { tos_uri: client.tosUri }),
    ...(client.contact === null ? {} : { contacts: [client.contact] }),
  };
}

/**
 * An app with a secret also gets tokens of its own, only for the management of its grants (Grant Management for OAuth
 * 2.0 §6.1).
 */
function grantTypesOf({ grantTypes, tokenEndpointAuthMethod }: Client): string[] {
  if (tokenEndpointAuthMethod === 'none') return [...grantTypes];
  return [...new Set([...grantTypes, 'client_credentials'])];
}
