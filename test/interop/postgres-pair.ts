import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import pg from 'pg';

import {
  embeddedPostgresFolder,
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../../src/dev/embedded-postgres.ts';
import { migrateUp } from '../../src/platform/postgres/migrations.ts';
import { waitFor } from '../support/wait-for.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url)).replace(/[/\\]$/, '');
const NAME = 'consentry';
const KEYS = 'consentry_keys';

/** A real PostgreSQL and its streaming standby. */
export interface PostgresPair {
  /** Address of both servers for `DATABASE_URL`, the standby first. */
  url(database?: 'consentry' | 'consentry_keys'): string;
  readonly keyStoreUrl: string;
  /** Address of one server alone. */
  serverUrl(server: 'first' | 'second'): string;
  /** Promotes the standby and makes the primary read-only, which keeps its connections and still serves reads. */
  demote(): Promise<void>;
  /** Stops the primary and promotes the standby. */
  failOver(): Promise<void>;
  /** Runs SQL on one server. */
  query(server: 'first' | 'second', text: string): Promise<readonly Record<string, unknown>[]>;
  stop(): Promise<void>;
}

/** Starts both on a migrated, empty database with synchronous replication. */
export async function startPostgresPair(): Promise<PostgresPair> {
  const base = path.join(
    embeddedPostgresFolder(PROJECT, 'test'),
    `run-${String(process.pid)}-pair`,
  );
  fs.rmSync(base, { recursive: true, force: true });
  const copiesFolder = path.dirname(path.dirname(base));
  const options = (name: string) => ({
    stateFolder: path.join(base, name),
    copiesFolder,
    isDurable: true,
  });
  const draft = await startEmbeddedPostgres(options('first'));
  await draft.createDatabase(NAME);
  await draft.createDatabase(KEYS);
  await migrateUp(draft.url(NAME));
  await draft.stop();
  fs.cpSync(path.join(base, 'first'), path.join(base, 'second'), {
    recursive: true,
    filter: (source) => !/(?:postmaster\.pid|\.lock)$/.test(source),
  });
  copyOwners(path.join(base, 'first'), path.join(base, 'second'));
  const first = await startEmbeddedPostgres(options('first'));
  makeStandby(path.join(base, 'second'), first.url());
  const second = await startEmbeddedPostgres(options('second'));
  const servers: Record<'first' | 'second', EmbeddedPostgres> = { first, second };
  const query = async (server: 'first' | 'second', text: string) =>
    queryAt(servers[server].url(), text);
  const stopped = new Set<EmbeddedPostgres>();
  const stop = async (server: EmbeddedPostgres): Promise<void> => {
    if (stopped.has(server)) return;
    stopped.add(server);
    await server.stop();
  };
  await waitFor(
    'the standby to stream',
    async () => (await query('first', 'select from pg_stat_replication')).length === 1,
    20_000,
  );
  await query('first', `alter system set synchronous_standby_names = '*'`);
  await query('first', `alter system set synchronous_commit = 'remote_apply'`);
  await query('first', 'select pg_reload_conf()');
  const promote = async (): Promise<void> => {
    await query('second', 'select pg_promote(true, 30)');
  };
  const url = (database = NAME): string => {
    const [one, two] = [new URL(first.url(database)), new URL(second.url(database))];
    return `postgres://${one.username}:${one.password}@${two.host},${one.host}/${database}?target_session_attrs=read-write`;
  };
  return {
    url,
    keyStoreUrl: url(KEYS),
    serverUrl: (server) => servers[server].url(NAME),
    query,
    demote: async () => {
      await query('first', `alter system set default_transaction_read_only = 'on'`);
      await query('first', 'select pg_reload_conf()');
      await promote();
    },
    failOver: async () => {
      await stop(first);
      await promote();
    },
    stop: async () => {
      await stop(second);
      await stop(first);
      fs.rmSync(base, { recursive: true, force: true });
    },
  };
}

async function queryAt(url: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

function makeStandby(stateFolder: string, primaryUrl: string): void {
  const data = fs.readdirSync(stateFolder).find((name) => name.startsWith('data-')) ?? '';
  const folder = path.join(stateFolder, data);
  const { username, password, hostname, port } = new URL(primaryUrl);
  const connection = `user=${username} password=${decodeURIComponent(password)} host=${hostname} port=${port}`;
  fs.appendFileSync(
    path.join(folder, 'postgresql.auto.conf'),
    `primary_conninfo = '${connection}'\n`,
  );
  fs.writeFileSync(path.join(folder, 'standby.signal'), '');
  copyOwner(path.join(folder, 'PG_VERSION'), path.join(folder, 'standby.signal'));
}

/** Copies the owners, because as root the server runs as another user that must own its files. */
function copyOwners(from: string, to: string): void {
  copyOwner(from, to);
  for (const name of fs.readdirSync(from)) {
    const target = path.join(to, name);
    if (!fs.existsSync(target)) continue;
    if (fs.statSync(target).isDirectory()) copyOwners(path.join(from, name), target);
    else copyOwner(path.join(from, name), target);
  }
}

function copyOwner(from: string, to: string): void {
  const { uid, gid, mode } = fs.statSync(from);
  fs.chownSync(to, uid, gid);
  fs.chmodSync(to, mode);
}
