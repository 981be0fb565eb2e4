import { isStandardClaim } from '../claims/claim-registry.ts';

// As in the standard: small letters, digits and underscores. Such a name needs no quoting in any programming language.
const CLAIM_NAME = /^[a-z][a-z0-9_]{1,49}$/;

/**
 * The names that tokens and their validation use (RFC 7519 §4.1, OpenID Connect Core 1.0, RFC 7662, RFC 7800, RFC 8693, RFC 8747, RFC 9068, RFC 9449
 * and other entries of the IANA registry "JSON Web Token Claims").
 */
const PROTOCOL_NAMES = new Set(
  `aud exp nbf iat jti azp nonce at_hash c_hash s_hash sub_jwk sub_id cnf act may_act scope client_id
   events toe txn rt_hash trust_framework_policy authorization_details active token_type username error error_description error_uri
   state code response id_token access_token refresh_token vc vp vct vctm status attest ath htm htu vot vtm orig dest origid rph mky
   div opt sig sip_from_tag sip_date sip_callid sip_cseq_num sip_via_branch cdniv cdnicrit cdniip jcard cert_thumbprint jwk jwks
   transaction_id request request_uri response_type response_mode redirect_uri grant_id session session_id token tokens
   claims claim_names claim_sources verified_claims verification place_of_birth_verified`
    .split(/\s+/)
    .filter(Boolean),
);

/** Names of statements of a server about a person. A value that people enter must not look like such a statement. */
const AUTHORITY_NAMES = new Set(
  `role roles group groups entitlement entitlements permission permissions rights admin is_admin administrator is_administrator superuser
   is_superuser staff is_staff tenant tenant_id team teams account account_id account_type status policy policies`
    .split(/\s+/)
    .filter(Boolean),
);

// Names with a meaning in JavaScript.
const LANGUAGE_NAMES = new Set(['constructor', 'prototype', 'then', 'null', 'undefined']);

const RESERVED_START = /^(?:consentry|oidc|oauth|openid|sip|cdni)_/;
// The ending is reserved, because only the server states that a value is verified.
const RESERVED_END = /_(?:verified|hash)$/;

/** The error code for a name of a new claim, or null when it is valid. Does not check whether it was used before. */
export function claimNameProblem(name: string): string | null {
  if (!CLAIM_NAME.test(name)) return 'claim_name_invalid';
  const isReserved =
    isStandardClaim(name) ||
    PROTOCOL_NAMES.has(name) ||
    AUTHORITY_NAMES.has(name) ||
    LANGUAGE_NAMES.has(name) ||
    RESERVED_START.test(name) ||
    RESERVED_END.test(name);
  return isReserved ? 'claim_name_reserved' : null;
}
