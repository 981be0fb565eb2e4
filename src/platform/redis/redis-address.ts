export type RedisAddress =
  | { readonly kind: 'single'; readonly url: string }
  | (ServerList & { readonly kind: 'sentinel'; readonly masterName: string })
  | (ServerList & { readonly kind: 'cluster' });

interface ServerList {
  /** The sentinels, or the first nodes of the cluster. */
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  readonly isTls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Number of the database; a cluster has only 0. */
  readonly database: number;
  /** The password of the sentinels, if they have one. */
  readonly sentinelPassword: string | undefined;
}

const PARTS = /^(rediss?)\+(sentinel|cluster):\/\/(?:([^@/?#]*)@)?([^/?#]+)(\/[^?#]*)?(\?[^#]*)?$/;
const DEFAULT_PORT = { sentinel: 26_379, cluster: 6_379 } as const;

/**
 * Reads `redis://host:6379`, `redis+sentinel://user:password@one:26379,two:26379/name-of-the-master` (optionally
 * followed by the number of a database as `/2`, and `?sentinelPassword=`) and
 * `redis+cluster://user:password@one:6379,two:6379`; each with `rediss` for TLS.
 * @throws Error whose message completes a sentence about the setting.
 */
export function readRedisAddress(url: string): RedisAddress {
  if (!/^rediss?\+/.test(url)) return { kind: 'single', url };
  const parts = PARTS.exec(url);
  if (parts === null)
    throw new Error(
      'must look like redis+sentinel://one:26379,two:26379/master or redis+cluster://one:6379,two:6379',
    );
  const [, scheme, form, credentials = '', hosts = '', path = '', query = ''] = parts;
  const kind = form as 'sentinel' | 'cluster';
  const [username, password] = readCredentials(credentials);
  const [masterName = '', database = '0'] = path.slice(1).split('/');
  const list: ServerList = {
    servers: hosts.split(',').map((host) => readServer(host, DEFAULT_PORT[kind])),
    isTls: scheme === 'rediss',
    username,
    password,
    database: Number(database),
    sentinelPassword: new URLSearchParams(query).get('sentinelPassword') ?? undefined,
  };
  if (kind === 'cluster') {
    if (!['', '0'].includes(masterName)) throw new Error('must not name a database of a cluster');
    return { ...list, kind };
  }
  if (masterName === '') throw new Error('must name the master: redis+sentinel://host:26379/name');
  if (!Number.isInteger(list.database)) throw new Error('must end with the number of a database');
  return { ...list, kind, masterName: decodeURIComponent(masterName) };
}

function readCredentials(text: string): [string | undefined, string | undefined] {
  if (text === '') return [undefined, undefined];
  const colon = text.indexOf(':');
  const [name, word] = colon === -1 ? ['', text] : [text.slice(0, colon), text.slice(colon + 1)];
  return [name === '' ? undefined : decodeURIComponent(name), decodeURIComponent(word)];
}

function readServer(text: string, fallback: number): { host: string; port: number } {
  const address = URL.parse(`http://${text}`);
  const host = address?.hostname.replace(/^\[|\]$/g, '') ?? '';
  if (host === '') throw new Error('must name hosts, separated by commas');
  const [, port] = /:(\d+)$/.exec(text) ?? [];
  return { host, port: port === undefined ? fallback : Number(port) };
}
