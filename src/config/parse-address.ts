import { networkCheck } from '../platform/ip-address.ts';
import { readDatabaseAddress } from '../platform/postgres/postgres-address.ts';
import { readRedisAddress } from '../platform/redis/redis-address.ts';

function parseUrl(value: string, protocols: readonly string[]): URL {
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url === null || !protocols.includes(url.protocol)) {
    throw new Error(
      `must be a URL that begins with ${protocols.map((name) => `${name}//`).join(' or ')}`,
    );
  }
  return url;
}

const WITHOUT_HOST = /^[a-z]+:\/\/(?:[^/?#]*@)?(?::\d*)?(?:[/?#]|$)/i;

/** As `parseUrl`, for servers: `smtp://:587` and `postgres://user:password@/database` name none. */
function parseServerUrl(value: string, protocols: readonly string[]): URL {
  if (WITHOUT_HOST.test(value) && protocols.some((name) => value.startsWith(`${name}//`)))
    throw new Error(`must name a host: ${protocols[0] ?? ''}//host`);
  return parseUrl(value, protocols);
}

const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])$/;

/** Reads an origin: https, or http on this machine. */
export function parseIssuer(value: string): string {
  const url = parseUrl(value, ['https:', 'http:']);
  if (url.search !== '' || url.hash !== '' || url.username !== '')
    throw new Error('must be a plain URL without query, fragment or user');
  if (url.pathname !== '/') throw new Error('must be an origin: a URL without a path');
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname))
    throw new Error('must be https, except on localhost');
  return url.origin;
}

/** Checks that it is a PostgreSQL URL with hosts, or with the folder of a socket as `?host=/...`. */
export function parseDatabaseUrl(value: string): string {
  const protocols = ['postgres:', 'postgresql:'];
  for (const server of readDatabaseAddress(value).servers) {
    const folder = URL.parse(server)?.searchParams.get('host');
    if (folder?.startsWith('/') === true) parseUrl(server, protocols);
    else parseServerUrl(server, protocols);
  }
  return value;
}

/** Checks that it is a Redis URL. */
export function parseRedisUrl(value: string): string {
  if (readRedisAddress(value).kind === 'single') parseServerUrl(value, ['redis:', 'rediss:']);
  return value;
}

/** Checks that it is a mail server URL. */
export function parseSmtpUrl(value: string): string {
  parseServerUrl(value, ['smtp:', 'smtps:']);
  return value;
}

/** Checks one address or network. */
export function parseNetwork(value: string): string {
  try {
    networkCheck([value]);
  } catch (cause) {
    throw new Error('must contain only IP addresses and networks (CIDR)', { cause });
  }
  return value;
}

/** Reads a host with an optional port, as URLs spell it. */
export function parseHostAndPort(value: string): string {
  const url = URL.parse(`https://${value}`);
  const isPlain = url !== null && url.href === `https://${url.host}/` && url.username === '';
  if (!isPlain || !value.toLowerCase().startsWith(url.host)) {
    throw new Error('must contain only hosts with an optional port');
  }
  return url.host;
}

/** Checks that it is an http or https URL. */
export function parseHttpUrl(value: string): string {
  parseUrl(value, ['https:', 'http:']);
  return value;
}

/** Reads an http or https URL without a query, to which paths are appended. */
export function parseBaseUrl(value: string): string {
  if (parseUrl(value, ['https:', 'http:']).search !== '')
    throw new Error('must be a URL without a query');
  return value.replace(/\/+$/, '');
}

/** Checks that it is a `mailto:` or `https:` URL. */
export function parseContact(value: string): string {
  const url = URL.parse(value);
  if (url === null || !['mailto:', 'https:'].includes(url.protocol) || /[\r\n]/.test(value))
    throw new Error('must be a URL that begins with mailto: or https://');
  return url.href;
}

/** Do both addresses lead to the same database? Two names of one host count as different hosts. */
export function isSameDatabase(one: string, other: string | null): boolean {
  if (other === null) return false;
  const servers = new Set(serversOf(one));
  return serversOf(other).some((server) => servers.has(server));
}

function serversOf(url: string): readonly string[] {
  return readDatabaseAddress(url).servers.map((server) => {
    const { hostname, port, pathname } = new URL(server);
    return `${hostname}:${port === '' ? '5432' : port}${pathname}`;
  });
}
