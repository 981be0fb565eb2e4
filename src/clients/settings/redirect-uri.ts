import type { ApplicationType } from '../client.ts';

const MAX_LENGTH = 1_000;
const PRINTABLE_ASCII = /^[\x21-\x7E]+$/;
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);
// RFC 8252 §7.1: a reversed domain name of the developer. The required dot also excludes every scheme that a browser
// executes.
const REVERSED_DOMAIN = /^[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)+:$/;
// RFC 6749 §4.1.2, RFC 9207 and OpenID Connect add these parameters to the address; a second one would be ambiguous.
const RESPONSE_PARAMETERS = [
  'code',
  'state',
  'iss',
  'error',
  'error_description',
  'id_token',
  'access_token',
  'response',
];

/**
 * The error code for a redirect address (RFC 6749 §3.1.2, RFC 9700 §4.1.3), or `null` when it is valid.
 *
 * Addresses are compared character by character later, so only the spelling that URL parsers produce is accepted. This
 * also refuses dot segments, default ports, capital or disguised hosts, backslashes and unusual IP notations.
 */
export function redirectUriProblem(uri: string, type: ApplicationType): string | null {
  if (uri.length > MAX_LENGTH) return 'redirect_uri_too_long';
  const url = URL.parse(uri);
  if (url === null) return 'redirect_uri_invalid';
  if (!PRINTABLE_ASCII.test(uri)) return 'redirect_uri_not_ascii';
  if (uri.includes('#')) return 'redirect_uri_fragment';
  if (uri.includes('*')) return 'redirect_uri_wildcard';
  if (url.username !== '' || url.password !== '') return 'redirect_uri_user';
  const problem = schemeProblem(url, type);
  if (problem !== null) return problem;
  if (url.hostname.endsWith('.') || !isExact(uri, url)) return 'redirect_uri_not_exact';
  if (RESPONSE_PARAMETERS.some((name) => url.searchParams.has(name))) {
    return 'redirect_uri_response_parameter';
  }
  return null;
}

/** Field errors of a whole list, as `redirectUris.0`. */
export function redirectUriProblems(
  field: string,
  uris: readonly string[],
  type: ApplicationType,
): Record<string, string> {
  const problems: Record<string, string> = {};
  for (const [index, uri] of uris.entries()) {
    const isRepeated = uris.indexOf(uri) < index;
    const problem = isRepeated ? 'redirect_uri_repeated' : redirectUriProblem(uri, type);
    if (problem !== null) problems[`${field}.${String(index)}`] = problem;
  }
  return problems;
}

function schemeProblem(url: URL, type: ApplicationType): string | null {
  const isLoopback = LOOPBACK.has(url.hostname);
  switch (url.protocol) {
    case 'https:':
      // No certificate can be issued for such a host, so a native app cannot use it as its https address.
      return type === 'native' && isLoopback ? 'redirect_uri_loopback_https' : null;
    case 'http:':
      return isLoopback || isBelowLocalhost(url, type) ? null : 'redirect_uri_not_https';
    default:
      if (type !== 'native') return 'redirect_uri_scheme';
      return REVERSED_DOMAIN.test(url.protocol) ? null : 'redirect_uri_scheme_not_domain';
  }
}

// RFC 6761 §6.3: such names resolve to the local machine. Native apps use the addresses themselves (RFC 8252 §7.3).
function isBelowLocalhost(url: URL, type: ApplicationType): boolean {
  return type !== 'native' && url.hostname.endsWith('.localhost');
}

// The only accepted deviation: many people write `https://app.example` instead of `https://app.example/`.
function isExact(uri: string, url: URL): boolean {
  return url.href === uri || (url.pathname === '/' && url.href === `${uri}/`);
}
