/**
 * An address of PostgreSQL as `DATABASE_URL` holds it. Beside a plain URL it can name several servers of one database
 * (`postgres://user:password@one:5432,two:5432/database`, as libpq): the one that accepts writes is used.
 */
interface DatabaseAddress {
  /** One URL per server, in their order. At least one. */
  readonly servers: readonly string[];
  /** Before a connection is used, a query checks that its server accepts writes. */
  readonly needsWritable: boolean;
}

const PARTS = /^(postgres(?:ql)?:\/\/(?:[^/?#]*@)?)([^/?#]*)(.*)$/is;
const ATTRIBUTE = 'target_session_attrs';
const ATTRIBUTES = new Set(['any', 'primary', 'read-write']);

/**
 * Parses an address.
 * @throws Error whose message continues a sentence that begins with the name of the setting.
 */
export function readDatabaseAddress(url: string): DatabaseAddress {
  const [, head = '', hosts = '', tail = ''] = PARTS.exec(url) ?? [];
  const wanted = URL.parse(`postgres://host${tail}`)?.searchParams.get(ATTRIBUTE) ?? 'any';
  if (!ATTRIBUTES.has(wanted))
    throw new Error(`must have ${ATTRIBUTE} read-write, or leave it out`);
  if (head === '') return { servers: [url], needsWritable: false };
  const names = hosts.split(',');
  const servers = names.map((name) => withoutAttribute(`${head}${name}${tail}`));
  return { servers, needsWritable: names.length > 1 || wanted !== 'any' };
}

/** The same servers, but another database of theirs. */
export function withDatabaseName(url: string, name: string): string {
  return changeTail(url, (address) => {
    address.pathname = `/${encodeURIComponent(name)}`;
  });
}

/** The same address with a changed query. */
export function withParameters(url: string, change: (query: URLSearchParams) => void): string {
  return changeTail(url, (address) => change(address.searchParams));
}

/** Servers and database, without user and password. For messages. */
export function placeOf(url: string): string {
  const { servers } = readDatabaseAddress(url);
  const places = servers.map((server) => new URL(server));
  return `${places.map(({ host }) => host).join(',')}${places[0]?.pathname ?? ''}`;
}

/** The name of the database in a connection string, decoded. */
export function databaseNameOf(url: string): string {
  const [server = ''] = readDatabaseAddress(url).servers;
  return decodeURIComponent(new URL(server).pathname.slice(1));
}

/** Reads the rest of the address with a single host in place of the list: several hosts with ports are no URL. */
function changeTail(url: string, change: (address: URL) => void): string {
  const [, head = '', hosts = '', tail = ''] = PARTS.exec(url) ?? [];
  const address = new URL(`postgres://host${tail}`);
  change(address);
  return `${head}${hosts}${address.pathname}${address.search}`;
}

function withoutAttribute(url: string): string {
  if (!url.includes(ATTRIBUTE)) return url;
  return changeTail(url, ({ searchParams }) => searchParams.delete(ATTRIBUTE));
}
