import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import pg from 'pg';

import { postgresIdentity } from '../../../src/dev/embedded-postgres-binaries.ts';
import {
  embeddedPostgresFolder,
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../../../src/dev/embedded-postgres.ts';
import { migrateUp } from '../../../src/platform/postgres/migrations.ts';
import { openCuttableProxy } from '../../platform/cuttable-proxy.ts';
import { waitFor } from '../../support/wait-for.ts';

/** A durable PostgreSQL on a small disk of its own, with functions that cause faults. */
export interface BreakablePostgres {
  /** A migrated database. Its address stays the same after restarts and a fail-over. */
  readonly databaseUrl: string;
  readonly keyStoreUrl: string;
  /** Runs one statement directly at the server, as its administrator. */
  query(statement: string): Promise<void>;
  /** Opens a direct connection; the caller ends it. @throws the error of the server */
  connect(): Promise<pg.Client>;
  /** SIGKILL, as in a power cut. */
  kill(): void;
  /** Starts the server on its data unless it runs. */
  ensureRunning(): Promise<void>;
  fillDisk(): Promise<void>;
  freeDisk(): void;
  /** Creates a synchronous standby. */
  addStandby(): Promise<void>;
  /** Stops the primary, promotes the standby and redirects the address to it. */
  failOver(): Promise<void>;
  stop(): Promise<void>;
}

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url)).replace(/[/\\]$/, '');
const DISK_MEGABYTES = 320;
const FILLER = 'filler';

/** Starts the server. @throws Error with one line when no small disk can be mounted. */
export async function startBreakablePostgres(): Promise<BreakablePostgres> {
  const copiesFolder = path.dirname(embeddedPostgresFolder(PROJECT, 'test'));
  const folder = path.join(embeddedPostgresFolder(PROJECT, 'faults'), `run-${String(process.pid)}`);
  const disk = path.join(folder, 'disk');
  const standbyFolder = path.join(folder, 'standby');
  fs.mkdirSync(disk, { recursive: true });
  mountSmallDisk(disk);
  const start = (stateFolder: string): Promise<EmbeddedPostgres> =>
    startEmbeddedPostgres({ stateFolder, copiesFolder, isDurable: true });

  let primaryFolder = disk;
  let primary = await start(disk);
  let standby: EmbeddedPostgres | undefined;
  const proxy = await openCuttableProxy(primary.url());
  const proxied = (database: string): string => {
    const url = new URL(proxy.url);
    url.pathname = `/${database}`;
    return url.href;
  };
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: primary.url('consentry') });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  const query = async (statement: string): Promise<void> => {
    const client = await connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  };

  await primary.createDatabase('consentry');
  await primary.createDatabase('consentry_keys');
  // Keeps the WAL short and does not reuse its files, so that a full disk takes effect at once.
  await query("alter system set min_wal_size = '32MB'");
  await query("alter system set max_wal_size = '64MB'");
  await query('alter system set wal_recycle = off');
  await query('select pg_reload_conf()');
  await migrateUp(primary.url('consentry'));

  return {
    databaseUrl: proxied('consentry'),
    keyStoreUrl: proxied('consentry_keys'),
    connect,
    query,
    kill: () => killServer(primaryFolder),
    ensureRunning: async () => {
      const client = await connect().catch(() => null);
      if (client !== null) return client.end();
      await primary.stop();
      primary = await start(primaryFolder);
      return proxy.redirect(primary.url());
    },
    fillDisk: async () => {
      fill(path.join(disk, FILLER));
      // The next WAL file does not fit on the disk.
      for (let turn = 0; turn < 3; turn += 1)
        await query('select pg_switch_wal()').catch(() => undefined);
    },
    freeDisk: () => fs.rmSync(path.join(disk, FILLER), { force: true }),
    addStandby: async () => {
      await copyServer({ from: primaryFolder, to: standbyFolder, connect, url: primary.url() });
      standby = await start(standbyFolder);
      await query("alter system set synchronous_standby_names = '*'");
      await query('select pg_reload_conf()');
      const isSynchronous = async (): Promise<boolean> => {
        const client = await connect();
        const { rowCount } = await client.query(
          "select from pg_stat_replication where sync_state = 'sync'",
        );
        await client.end();
        return rowCount === 1;
      };
      await waitFor('the standby to be synchronous', isSynchronous, 30_000);
    },
    failOver: async () => {
      if (standby === undefined) throw new Error('there is no standby');
      await primary.stop();
      [primary, primaryFolder, standby] = [standby, standbyFolder, undefined];
      await query('select pg_promote()');
      proxy.redirect(primary.url());
    },
    stop: async () => {
      await proxy.close();
      await standby?.stop();
      await primary.stop();
      run('umount', disk);
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

function mountSmallDisk(folder: string): void {
  const size = `size=${String(DISK_MEGABYTES)}m,mode=0755`;
  if (run('mount', '-t', 'tmpfs', '-o', size, 'tmpfs', folder)) return;
  throw new Error(
    'These tests fill a small disk: run them where tmpfs can be mounted (root or sudo).',
  );
}

/** Runs the command as this user, or with sudo if no password is needed. */
function run(command: string, ...args: readonly string[]): boolean {
  if (spawnSync(command, args).status === 0) return true;
  return spawnSync('sudo', ['-n', command, ...args]).status === 0;
}

function dataFolder(stateFolder: string): string {
  const name = fs.readdirSync(stateFolder).find((entry) => entry.startsWith('data-'));
  return path.join(stateFolder, name ?? '');
}

function killServer(stateFolder: string): void {
  const [pid] = fs
    .readFileSync(path.join(dataFolder(stateFolder), 'postmaster.pid'), 'utf8')
    .split('\n');
  process.kill(Number(pid), 'SIGKILL');
}

function fill(file: string): void {
  const descriptor = fs.openSync(file, 'w');
  const chunk = Buffer.alloc(65_536);
  try {
    for (;;) fs.writeSync(descriptor, chunk);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    fs.closeSync(descriptor);
  }
}

interface CopyInput {
  readonly from: string;
  readonly to: string;
  readonly url: string;
  readonly connect: () => Promise<pg.Client>;
}

/** A base backup of a running server (PostgreSQL documentation, "Making a Base Backup Using the Low Level API"), set up as its standby. */
async function copyServer({ from, to, url, connect }: CopyInput): Promise<void> {
  const source = dataFolder(from);
  const target = path.join(to, path.basename(source));
  const client = await connect();
  await client.query("select pg_backup_start('standby', true)");
  fs.mkdirSync(to, { recursive: true });
  fs.cpSync(source, target, {
    recursive: true,
    filter: (file) => !['postmaster.pid', 'postmaster.opts'].includes(path.basename(file)),
  });
  const { rows } = await client.query<{ labelfile: string }>(
    'select labelfile from pg_backup_stop(false)',
  );
  await client.end();
  fs.writeFileSync(path.join(target, 'backup_label'), rows[0]?.labelfile ?? '');
  fs.writeFileSync(path.join(target, 'standby.signal'), '');
  fs.appendFileSync(path.join(target, 'postgresql.auto.conf'), `primary_conninfo = '${url}'\n`);
  fs.copyFileSync(path.join(from, 'password'), path.join(to, 'password'));
  const identity = postgresIdentity();
  if (identity !== undefined)
    spawnSync('chown', ['-R', `${String(identity.uid)}:${String(identity.gid)}`, to]);
}
