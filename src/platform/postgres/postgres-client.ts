import pg from 'pg';

import { readDatabaseAddress } from './postgres-address.ts';

/** How a pool or a client of the driver reaches an address. */
interface ConnectionSettings {
  readonly connectionString: string;
  /** Finds the server that accepts writes, where the address needs that. */
  readonly Client?: typeof pg.Client;
}

/**
 * The settings for everything that opens connections to PostgreSQL: pools, single clients and libraries. With several
 * servers, each connection leads to the one that accepts writes at that moment.
 */
export function connectionTo(url: string): ConnectionSettings {
  const { servers, needsWritable } = readDatabaseAddress(url);
  const connectionString = servers[0] ?? url;
  if (!needsWritable) return { connectionString };
  return { connectionString, Client: writableClient(groupOf(url)) };
}

/** A single client; connect it before use. */
export function createClient(url: string, config: pg.ClientConfig = {}): pg.Client {
  const { connectionString, Client = pg.Client } = connectionTo(url);
  return new Client({ ...config, connectionString });
}

/** Runs `work` on a connection of its own, which is closed afterwards. @throws the error of the driver. */
export async function withClient<T>(
  url: string,
  config: pg.ClientConfig,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = createClient(url, config);
  // The statement under way reports a lost connection.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The URL of the one server that accepts writes now, for libraries that open connections by themselves. */
export async function findWritable(url: string): Promise<string> {
  const { servers, needsWritable } = readDatabaseAddress(url);
  const [only = url] = servers;
  if (!needsWritable) return only;
  const { host, port } = await search(servers);
  const found = servers.find((server) => {
    const address = new pg.Client({ connectionString: server });
    return address.host === host && address.port === port;
  });
  return found ?? only;
}

interface Place {
  readonly host: string;
  readonly port: number;
}

/** The servers of one address, and the connections of this process to them. */
interface ServerGroup {
  /** The server that accepted writes last, or else the first that answers that it does. */
  find(): Promise<Place>;
  /** Forgets the server, so that it is searched for again. */
  forget(): void;
  add(client: pg.Client): void;
  /**
   * The server of these connections was demoted: ends all of them. A pool would keep them for reads, and those would
   * return rows from before the fail-over.
   */
  leave(): void;
}

const PROBE_MS = 2_000;
/** The parameter is `on` in a standby, and when transactions are read-only by default. */
const IS_READ_ONLY = 'show transaction_read_only';
const READ_ONLY = '25006';
const REPORTED = new Set(['default_transaction_read_only', 'in_hot_standby']);
const groups = new Map<string, ServerGroup>();

/** One group for all connections to the same servers: the result of one connection holds for all of them, of any database. */
function groupOf(url: string): ServerGroup {
  const key = hostsOf(url);
  const group = groups.get(key) ?? createServerGroup(readDatabaseAddress(url).servers);
  groups.set(key, group);
  return group;
}

function hostsOf(url: string): string {
  const hosts = readDatabaseAddress(url).servers.map((server) => new URL(server).host);
  return hosts.toSorted().join(',');
}

function createServerGroup(servers: readonly string[]): ServerGroup {
  const state: { known?: Promise<Place> } = {};
  const open = new Set<pg.Client>();
  const forget = (): void => {
    delete state.known;
  };
  return {
    find: () => {
      if (state.known !== undefined) return state.known;
      const searching = search(servers);
      state.known = searching;
      searching.catch(() => {
        if (state.known === searching) forget();
      });
      return searching;
    },
    forget,
    add: (client) => {
      open.add(client);
      client.once('end', () => open.delete(client));
    },
    leave: () => {
      forget();
      for (const client of open) socketOf(client).destroy();
      open.clear();
    },
  };
}

/** Probes all concurrently, so that a host without an answer does not use up the time of the others. */
async function search(servers: readonly string[]): Promise<Place> {
  try {
    return await Promise.any(servers.map(probe));
  } catch (error) {
    const failures = error instanceof AggregateError ? (error.errors as Error[]) : [];
    const codes = failures.map((failure) => (failure as { code?: string }).code);
    const [first] = failures;
    // If all servers report the same reason, such as a wrong password, that error is more helpful than a summary.
    if (first !== undefined && codes.every((code) => code === codes[0])) throw first;
    const reasons = failures.map(({ message }) => message).join('; ');
    throw Object.assign(new Error(`no server accepts writes: ${reasons}`), { code: READ_ONLY });
  }
}

async function probe(url: string): Promise<Place> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: PROBE_MS,
    query_timeout: PROBE_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await requireWritable(client);
    return { host: client.host, port: client.port };
  } finally {
    // An unreachable server does not confirm the end.
    void client.end().catch(() => undefined);
  }
}

async function requireWritable(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ transaction_read_only: string }>(IS_READ_ONLY);
  if (rows[0]?.transaction_read_only === 'off') return;
  const place = `${client.host}:${String(client.port)}`;
  throw Object.assign(new Error(`${place} is read-only`), { code: READ_ONLY });
}

function writableClient(group: ServerGroup): typeof pg.Client {
  return class WritableClient extends pg.Client {
    override connect(): Promise<pg.Client>;
    override connect(callback: (error: Error) => void): void;
    override connect(callback?: (error: Error) => void): Promise<pg.Client> | void {
      const connecting = this.#connectToWritable();
      if (callback === undefined) return connecting;
      connecting.then(() => callback(undefined as never), callback);
      return undefined;
    }

    async #connectToWritable(): Promise<pg.Client> {
      const { host, port } = await group.find();
      try {
        // The driver reads them when it connects.
        Object.assign(this, { host, port });
        await super.connect();
        await requireWritable(this);
      } catch (error) {
        group.forget();
        throw error;
      }
      group.add(this);
      connectionOf(this).on('errorMessage', ({ code }) => {
        if (code === READ_ONLY) group.leave();
      });
      // PostgreSQL reports them after the next statement, also to a connection that only reads.
      connectionOf(this).on('parameterStatus', ({ parameterName, parameterValue }) => {
        if (REPORTED.has(parameterName ?? '') && parameterValue === 'on') group.leave();
      });
      return this;
    }
  };
}

/** The driver's own connection, which its types do not declare. */
interface DriverConnection {
  on(
    event: 'errorMessage' | 'parameterStatus',
    listener: (message: {
      readonly code?: string;
      readonly parameterName?: string;
      readonly parameterValue?: string;
    }) => void,
  ): void;
  readonly stream: { destroy(): void };
}

function connectionOf(client: pg.Client): DriverConnection {
  return (client as unknown as { readonly connection: DriverConnection }).connection;
}

/** A pool drops a client whose socket has ended, whether it is idle or at work. */
function socketOf(client: pg.Client): DriverConnection['stream'] {
  return connectionOf(client).stream;
}
