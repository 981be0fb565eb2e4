import type { ResourceServer } from './scope.ts';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);
const URN = /^urn:[a-z0-9][a-z0-9-]{1,31}:[a-z0-9()+,\-.:=@;$_!*'%/?]{1,200}$/i;

/**
 * The error code for a resource indicator (RFC 8707 §2: absolute URI without a fragment), or `null` when it is valid.
 * It must have the spelling that URL parsers produce, so that addresses can be compared as strings.
 */
export function resourceIdentifierProblem(identifier: string): string | null {
  if (identifier.length > 200 || identifier.includes('#')) return 'resource_identifier_invalid';
  if (URN.test(identifier)) return null;
  const url = URL.parse(identifier);
  if (url === null || url.username !== '' || url.password !== '')
    return 'resource_identifier_invalid';
  const isSecure =
    url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname));
  if (!isSecure) return 'resource_identifier_not_https';
  const isExact = url.href === identifier || url.href === `${identifier}/`;
  return isExact ? null : 'resource_identifier_not_exact';
}

/**
 * True for two spellings of one API: an http(s) address without a path is the same with and without the `/` after its host
 * (RFC 3986 §6.2.3). Paths are compared character by character.
 */
function isSameResource(one: string, other: string): boolean {
  return one === other || withPath(one) === withPath(other);
}

function withPath(identifier: string): string {
  return /^https?:\/\/[^/?#]+$/.test(identifier) ? `${identifier}/` : identifier;
}

/** The API that a resource indicator names. */
export function findResourceServer(
  servers: readonly ResourceServer[],
  indicator: string,
): ResourceServer | undefined {
  return servers.find(({ identifier }) => isSameResource(identifier, indicator));
}

/** The APIs that use this app to introspect their tokens (RFC 7662 §2.1). */
export function introspectedBy(clientId: string, servers: readonly ResourceServer[]): string[] {
  return servers
    .filter(({ introspectionClientIds }) => introspectionClientIds.includes(clientId))
    .map(({ identifier }) => identifier);
}
