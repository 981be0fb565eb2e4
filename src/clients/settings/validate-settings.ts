import { lineProblem } from '../../platform/clean-text.ts';
import type { OutboundRules } from '../../platform/outbound/outbound-address.ts';
import type { Catalogue } from '../../scopes/index.ts';
import { type ApplicationType, needsSecret, TOKEN_LIFE_LIMITS, type TokenLife } from '../client.ts';
import { AUTH_METHODS, type ClientSettings, hasSignIn } from './client-settings.ts';
import { logoutAddressProblems } from './logout-address.ts';
import { keySetProblem } from './public-keys.ts';
import { redirectUriProblems } from './redirect-uri.ts';

type Problems = Record<string, string>;

const NAME_LENGTH = 60;
const MAX_URIS = 30;
const EMAIL = /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i;
const NAME_RULE = { maxLength: NAME_LENGTH, tooLong: 'name_too_long', hidden: 'name_unprintable' };

/** The settings to check, and the previous ones: a change may keep a retired scope. */
interface SettingsCheck {
  readonly type: ApplicationType;
  readonly settings: ClientSettings;
  readonly catalogue: Catalogue;
  readonly scopesBefore: readonly string[];
  readonly outbound: OutboundRules;
}

/** Field errors of an app's settings; empty when all is well. */
export function settingsProblems(check: SettingsCheck): Problems {
  const { type, settings } = check;
  return {
    ...nameProblems(settings.name),
    ...redirectProblems(type, settings),
    ...scopeProblems(check),
    ...authenticationProblems(type, settings),
    ...tokenLifeProblems(type, settings),
    ...subjectProblems(type, settings),
    ...webAddressProblems(settings),
    ...logoutAddressProblems(type, settings, check.outbound),
    ...gatewayProblems(type, settings),
  };
}

function nameProblems(name: string): Problems {
  const problem = name.trim() === '' ? 'name_missing' : lineProblem(name, NAME_RULE);
  return problem === null ? {} : { name: problem };
}

function redirectProblems(type: ApplicationType, settings: ClientSettings): Problems {
  const { redirectUris, postLogoutRedirectUris } = settings;
  const problems: Problems = {};
  for (const field of ['redirectUris', 'postLogoutRedirectUris'] as const) {
    const count = settings[field].length;
    if (!hasSignIn(type) && count > 0) problems[field] = 'redirect_uris_not_used';
    else if (count > MAX_URIS) problems[field] = 'redirect_uris_too_many';
  }
  if (!hasSignIn(type)) return problems;
  if (redirectUris.length === 0) problems['redirectUris'] = 'redirect_uris_missing';
  return {
    ...problems,
    ...redirectUriProblems('redirectUris', redirectUris, type),
    ...redirectUriProblems('postLogoutRedirectUris', postLogoutRedirectUris, type),
  };
}

/** Field errors of the scopes, as `scopes.0`. */
export function scopeProblems({
  type,
  settings,
  catalogue,
  scopesBefore,
}: Omit<SettingsCheck, 'settings' | 'outbound'> & {
  readonly settings: Pick<ClientSettings, 'scopes'>;
}): Problems {
  const problems: Problems = {};
  for (const [index, name] of settings.scopes.entries()) {
    const scope = catalogue.byName.get(name);
    const isLive = scope !== undefined && scope.retiredAt === null;
    if (!isLive && !scopesBefore.includes(name)) {
      problems[`scopes.${String(index)}`] = 'scope_unknown';
    } else if (!hasSignIn(type) && (scope?.kind === 'data' || scope?.resource === null)) {
      // These scopes concern a person, and people do not sign in to a machine.
      problems[`scopes.${String(index)}`] = 'scope_needs_person';
    }
  }
  if (hasSignIn(type) && !settings.scopes.includes('openid')) {
    problems['scopes'] = 'scope_openid_missing';
  }
  return problems;
}

function authenticationProblems(type: ApplicationType, settings: ClientSettings): Problems {
  const problems: Problems = {};
  const method = settings.tokenEndpointAuthMethod;
  if (!AUTH_METHODS[type].includes(method)) {
    problems['tokenEndpointAuthMethod'] = 'auth_method_not_for_type';
  } else if (method === 'none' && !settings.requirePkce) {
    problems['requirePkce'] = 'pkce_required';
  }
  if (method === 'private_key_jwt') {
    const problem = settings.jwks === null ? 'jwks_missing' : keySetProblem(settings.jwks);
    if (problem !== null) problems['jwks'] = problem;
  } else if (settings.jwks !== null) {
    problems['jwks'] = 'jwks_not_used';
  }
  if (!hasSignIn(type) && settings.claimsInIdToken) {
    problems['claimsInIdToken'] = 'id_token_not_used';
  }
  return problems;
}

/** A gateway identifies itself with a secret, and its only redirect address names the site that it protects. */
function gatewayProblems(type: ApplicationType, settings: ClientSettings): Problems {
  const { isGateway, gatewayReadsContact, redirectUris, tokenEndpointAuthMethod } = settings;
  if (!isGateway) return gatewayReadsContact ? { gatewayReadsContact: 'gateway_only' } : {};
  if (type !== 'web' || !needsSecret(tokenEndpointAuthMethod)) {
    return { isGateway: 'gateway_needs_secret' };
  }
  const [address, ...others] = redirectUris;
  const isOne = address !== undefined && others.length === 0 && GATEWAY_CALLBACK.test(address);
  return isOne ? {} : { redirectUris: 'gateway_needs_callback' };
}

/** A path below `/` that ends with `/callback`, without a query. */
const GATEWAY_CALLBACK = /^https?:\/\/[^/?#]+\/[^?#]*[^/?#]\/callback$/;

function tokenLifeProblems(type: ApplicationType, settings: ClientSettings): Problems {
  const problems: Problems = {};
  for (const [name, { least, longest }] of Object.entries(TOKEN_LIFE_LIMITS)) {
    const seconds = settings[name as TokenLife];
    if (seconds === null) continue;
    const isWithin = Number.isSafeInteger(seconds) && seconds >= least && seconds <= longest;
    if (!isWithin) problems[name] = 'token_life_out_of_range';
  }
  const { refreshTokenIdleSeconds: idle, refreshTokenAbsoluteSeconds: absolute } = settings;
  if (idle !== null && absolute !== null && idle > absolute) {
    problems['refreshTokenIdleSeconds'] ??= 'token_life_idle_too_long';
  }
  if (hasSignIn(type)) return problems;
  if (settings.rotateRefreshTokens) problems['rotateRefreshTokens'] = 'refresh_not_used';
  if (idle !== null) problems['refreshTokenIdleSeconds'] = 'refresh_not_used';
  if (absolute !== null) problems['refreshTokenAbsoluteSeconds'] = 'refresh_not_used';
  return problems;
}

function subjectProblems(type: ApplicationType, settings: ClientSettings): Problems {
  if (settings.subjectType === 'public') return {};
  if (!hasSignIn(type)) return { subjectType: 'pairwise_needs_person' };
  const hosts = new Set(settings.redirectUris.map((uri) => URL.parse(uri)?.host ?? ''));
  if (hosts.has('')) return { subjectType: 'pairwise_needs_host' };
  return hosts.size > 1 ? { subjectType: 'pairwise_needs_one_host' } : {};
}

function webAddressProblems(settings: ClientSettings): Problems {
  const problems: Problems = {};
  for (const field of ['logoUri', 'clientUri', 'policyUri', 'tosUri'] as const) {
    const uri = settings[field];
    if (uri !== null && !isHttpsAddress(uri)) problems[field] = 'address_not_https';
  }
  const start = startAddressProblem(settings.initiateLoginUri);
  if (start !== null) problems['initiateLoginUri'] = start;
  if (settings.contact !== null && !EMAIL.test(settings.contact)) {
    problems['contact'] = 'contact_not_email';
  }
  return problems;
}

/** Parameters of third-party initiated login (OpenID Connect Core 1.0 §4); a second one in the address would be ambiguous. */
const START_PARAMETERS = ['iss', 'login_hint', 'target_link_uri'];

function startAddressProblem(uri: string | null): string | null {
  if (uri === null) return null;
  if (!isHttpsAddress(uri)) return 'address_not_https';
  const { hash, searchParams } = new URL(uri);
  const isTaken = hash !== '' || START_PARAMETERS.some((name) => searchParams.has(name));
  return isTaken ? 'start_address_parameter' : null;
}

/** These are shown to people, and never fetched by this server. */
function isHttpsAddress(uri: string): boolean {
  const url = URL.parse(uri);
  return (
    url?.protocol === 'https:' &&
    uri.length <= 1_000 &&
    /^[\x21-\x7E]+$/.test(uri) &&
    url.username === '' &&
    url.password === '' &&
    (url.href === uri || url.href === `${uri}/`)
  );
}
