import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { AppError } from '../platform/app-error.ts';
import { withClient } from '../platform/postgres/postgres-client.ts';
import {
  findPostgresBinaries,
  postgresEnvironment,
  postgresIdentity,
  programPath,
  type PostgresBinaries,
} from './embedded-postgres-binaries.ts';
import {
  endOrphan,
  prepareData,
  readRunning,
  type PostgresData,
} from './embedded-postgres-data.ts';
import { lockFolder } from './folder-lock.ts';
import { findFreePort } from './free-port.ts';
import { startTethered, type TetheredProcess } from './tethered-process.ts';

interface EmbeddedPostgresOptions {
  /** Contains data, password and lock; created when absent. */
  readonly stateFolder: string;
  /** Contains copies of the programs if they cannot run in place. Default: `stateFolder`. */
  readonly copiesFolder?: string;
  /** False for tests: no fsync, a crash loses everything. */
  readonly isDurable: boolean;
}

/**
 * The folder of the state of a project: `.data/<name>` in it. As root it is a folder under /var/lib, because the server
 * runs as `nobody`, which cannot reach a project in a private home.
 */
export function embeddedPostgresFolder(projectFolder: string, name: string): string {
  if (postgresIdentity() === undefined) return path.join(projectFolder, '.data', name);
  const hash = crypto.createHash('sha256').update(projectFolder).digest('hex').slice(0, 10);
  return path.join('/var/lib', `consentry-${hash}`, name);
}

/**
 * Starts PostgreSQL without Docker, root or a system package; data are kept between starts.
 * @throws AppError with an instruction: `folder_in_use`, `postgres_not_found`, `postgres_not_started`.
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  // A tight umask as root would hide the folders from the user the server runs as.
  const previousMask = process.umask(0o022);
  try {
    fs.mkdirSync(options.stateFolder, { recursive: true });
    const lock = lockFolder(options.stateFolder);
    try {
      return await startLocked(options, lock.release);
    } catch (error) {
      lock.release();
      throw error;
    }
  } finally {
    process.umask(previousMask);
  }
}

async function startLocked(options: EmbeddedPostgresOptions, release: () => void) {
  const binaries = findPostgresBinaries(options.copiesFolder ?? options.stateFolder);
  const data = prepareData(options.stateFolder, binaries, options);
  await endOrphan(data.folder);
  const { server, port } = await launch(binaries, data, options);
  return serverAt(data.password, port, async () => {
    await server.stop();
    release();
  });
}

/**
 * The server of another process of this project, so that commands work while it runs. Null when none runs.
 * Only that process stops it.
 */
export async function joinEmbeddedPostgres(stateFolder: string): Promise<EmbeddedPostgres | null> {
  const running = readRunning(stateFolder);
  if (running === null) return null;
  const server = serverAt(running.password, running.port, () => Promise.resolve());
  return (await answers(server.url())) ? server : null;
}

/** A PostgreSQL server of this project on 127.0.0.1. It ends with the process that started it, even on SIGKILL. */
function serverAt(password: string, port: number, stop: () => Promise<void>) {
  const url = (database = 'postgres'): string =>
    `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${String(port)}/${database}`;
  return {
    /** Connection string of a database of this server (default `postgres`). */
    url,

    /** Makes an empty database unless it exists. */
    async createDatabase(name: string): Promise<void> {
      await withClient(url(), {}, async (client) => {
        const known = await client.query('select from pg_database where datname = $1', [name]);
        if (known.rowCount === 0)
          await client.query(`create database ${client.escapeIdentifier(name)}`);
      });
    },
    stop,
  };
}

export type EmbeddedPostgres = ReturnType<typeof serverAt>;

/** Deletes all data. @throws AppError `folder_in_use` while another process uses them. */
export function removeEmbeddedPostgres(stateFolder: string): void {
  if (!fs.existsSync(stateFolder)) return;
  const lock = lockFolder(stateFolder);
  fs.rmSync(stateFolder, { recursive: true, force: true });
  lock.release();
}

const LAUNCH_ATTEMPTS = 3;
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=100',
  'shared_buffers=64MB',
];
const NOT_DURABLE = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'autovacuum=off',
];

async function launch(
  { folder }: PostgresBinaries,
  data: PostgresData,
  { isDurable }: Pick<EmbeddedPostgresOptions, 'isDurable'>,
) {
  const settings = isDurable ? SETTINGS : [...SETTINGS, ...NOT_DURABLE];
  const options = settings.flatMap((setting) => ['-c', setting]);
  const identity = postgresIdentity();
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort();
    const server = startTethered({
      command: programPath(folder, 'postgres'),
      args: ['-D', data.folder, '-p', String(port), ...options],
      env: postgresEnvironment(),
      cwd: '/',
      ...(identity !== undefined && { identity }),
      stopSignal: 'INT',
    });
    if (await isReady(server, serverAt(data.password, port, server.stop).url()))
      return { server, port };
    await server.stop();
    const isPortTaken = /address already in use|could not bind/i.test(server.errorOutput());
    if (attempt >= LAUNCH_ATTEMPTS || !isPortTaken) {
      const reason = server.errorOutput().split('\n').at(-1) ?? 'unknown reason';
      throw new AppError('unavailable', 'postgres_not_started', {
        detail: `The bundled PostgreSQL did not start: ${reason}`,
      });
    }
  }
}

const READY_WAIT_MS = 30_000;
const READY_POLL_MS = 30;

async function isReady(server: TetheredProcess, url: string): Promise<boolean> {
  const ended = server.exited.then(() => 'ended' as const);
  const deadline = Date.now() + READY_WAIT_MS;
  while (Date.now() < deadline) {
    if (await answers(url)) return true;
    if ((await Promise.race([ended, sleep(READY_POLL_MS)])) === 'ended') return false;
  }
  return false;
}

function answers(url: string): Promise<boolean> {
  return withClient(url, { connectionTimeoutMillis: 2_000 }, (client) =>
    client.query('select 1'),
  ).then(
    () => true,
    () => false,
  );
}
