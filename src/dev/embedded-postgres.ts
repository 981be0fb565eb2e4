import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

import pg from 'pg';

import { AppError } from '../platform/app-error.ts';
import {
  findPostgresBinaries,
  postgresIdentity,
  programPath,
  type PostgresBinaries,
} from './embedded-postgres-binaries.ts';
import {
  endOrphan,
  postgresEnvironment,
  prepareData,
  readRunning,
  type PostgresData,
} from './embedded-postgres-data.ts';
import { lockFolder } from './folder-lock.ts';
import { findFreePort } from './free-port.ts';
import { startTethered, type TetheredProcess } from './tethered-process.ts';

/** A PostgreSQL server of our own on 127.0.0.1. It ends with this process, even on SIGKILL. */
export interface EmbeddedPostgres {
  /** Output of `postgres --version`. */
  readonly version: string;
  /** Connection string of a database of this server (default `postgres`). */
  url(database?: string): string;
  /** Makes an empty database unless it is there. */
  createDatabase(name: string): Promise<void>;
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Holds data, password and lock; made when absent. */
  readonly stateFolder: string;
  /** Holds copies of the programs where they cannot run in place. Default: `stateFolder`. */
  readonly copiesFolder?: string;
  /** False for tests: no fsync, a crash loses everything. */
  readonly isDurable: boolean;
}

/**
 * Where the state of a project lives: `.data/<name>` in it. As root it is a folder under /var/lib, because the server
 * runs as `nobody`, who cannot reach a project in a private home.
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

async function startLocked(
  options: EmbeddedPostgresOptions,
  release: () => void,
): Promise<EmbeddedPostgres> {
  const binaries = findPostgresBinaries(options.copiesFolder ?? options.stateFolder);
  const data = prepareData(options.stateFolder, binaries, options.isDurable);
  await endOrphan(data.folder);
  const { server, port } = await launch(binaries, data, options.isDurable);
  return {
    version: binaries.version,
    url: (database = 'postgres') => connectionString(data.password, port, database),
    createDatabase: (name) =>
      createDatabase(connectionString(data.password, port, 'postgres'), name),
    stop: async () => {
      await server.stop();
      release();
    },
  };
}

/**
 * The server that another process of this project has running, so that commands work beside it. Null when none has.
 * Stopping it is left to that process.
 */
export async function joinEmbeddedPostgres(stateFolder: string): Promise<EmbeddedPostgres | null> {
  const running = readRunning(stateFolder);
  if (running === null) return null;
  const { password, port } = running;
  if (!(await answers(connectionString(password, port, 'postgres')))) return null;
  return {
    version: running.version,
    url: (database = 'postgres') => connectionString(password, port, database),
    createDatabase: (name) => createDatabase(connectionString(password, port, 'postgres'), name),
    stop: () => Promise.resolve(),
  };
}

/** Deletes all data. @throws AppError `folder_in_use` while another process uses them. */
export function removeEmbeddedPostgres(stateFolder: string): void {
  if (!fs.existsSync(stateFolder)) return;
  const lock = lockFolder(stateFolder);
  fs.rmSync(stateFolder, { recursive: true, force: true });
  lock.release();
}

async function createDatabase(url: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}

const LAUNCH_ATTEMPTS = 3;

async function launch(binaries: PostgresBinaries, data: PostgresData, isDurable: boolean) {
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort();
    const server = startServer(binaries, [
      '-D',
      data.folder,
      '-p',
      String(port),
      ...serverSettings(isDurable).flatMap((setting) => ['-c', setting]),
    ]);
    if (await isReady(server, connectionString(data.password, port, 'postgres')))
      return { server, port };
    await server.stop();
    const lostPortRace = /address already in use|could not bind/i.test(server.errorOutput());
    if (attempt >= LAUNCH_ATTEMPTS || !lostPortRace) {
      throw new AppError('unavailable', 'postgres_not_started', {
        detail: `The bundled PostgreSQL did not start: ${lastLine(server.errorOutput())}`,
      });
    }
  }
}

function startServer(binaries: PostgresBinaries, args: readonly string[]): TetheredProcess {
  const identity = postgresIdentity();
  return startTethered({
    command: programPath(binaries, 'postgres'),
    args,
    env: postgresEnvironment(),
    cwd: '/',
    ...(identity === undefined ? {} : { identity }),
    stopSignal: 'INT',
  });
}

function serverSettings(isDurable: boolean): readonly string[] {
  const common = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=100',
    'shared_buffers=64MB',
  ];
  if (isDurable) return common;
  return [
    ...common,
    'fsync=off',
    'synchronous_commit=off',
    'full_page_writes=off',
    'autovacuum=off',
  ];
}

const READY_WAIT_MS = 30_000;
const READY_POLL_MS = 30;

async function isReady(server: TetheredProcess, url: string): Promise<boolean> {
  let hasEnded = false;
  void server.exited.then(() => {
    hasEnded = true;
  });
  const deadline = Date.now() + READY_WAIT_MS;
  while (!hasEnded && Date.now() < deadline) {
    if (await answers(url)) return true;
    await Promise.race([
      server.exited,
      new Promise((resolve) => setTimeout(resolve, READY_POLL_MS)),
    ]);
  }
  return false;
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function connectionString(password: string, port: number, database: string): string {
  return `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${String(port)}/${database}`;
}

function lastLine(text: string): string {
  return text.split('\n').at(-1) ?? text;
}
