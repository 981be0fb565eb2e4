import { spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

import { AppError } from '../platform/app-error.ts';
import {
  postgresIdentity,
  programPath,
  type PostgresBinaries,
} from './embedded-postgres-binaries.ts';
import { isAlive } from './folder-lock.ts';

/** An initialised data folder and the password of its `postgres` user. */
export interface PostgresData {
  readonly folder: string;
  readonly password: string;
}

/** The little environment PostgreSQL's programs need. */
export function postgresEnvironment(): NodeJS.ProcessEnv {
  if (process.platform === 'win32') return { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  return { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' };
}

/**
 * Makes the data folder at the first start. It is made aside and then renamed, so a kill in the middle leaves nothing
 * half made.
 * @throws AppError `postgres_init_failed` with the program's own reason.
 */
export function prepareData(
  stateFolder: string,
  binaries: PostgresBinaries,
  isDurable: boolean,
): PostgresData {
  const folder = path.join(stateFolder, `data-${String(binaries.major)}`);
  const passwordFile = path.join(stateFolder, 'password');
  if (!fs.existsSync(path.join(folder, 'PG_VERSION'))) {
    removeLeftovers(stateFolder);
    const draft = path.join(stateFolder, `new-${String(process.pid)}`);
    initialise({ draft, passwordFile, binaries, isDurable });
    fs.renameSync(draft, folder);
  }
  return { folder, password: fs.readFileSync(passwordFile, 'utf8').trim() };
}

/** Where a server that uses this state folder now listens, by the file that PostgreSQL keeps while it runs. */
export function readRunning(
  stateFolder: string,
): { readonly version: string; readonly port: number; readonly password: string } | null {
  try {
    for (const name of fs.readdirSync(stateFolder).filter((entry) => entry.startsWith('data-'))) {
      const lines = fs
        .readFileSync(path.join(stateFolder, name, 'postmaster.pid'), 'utf8')
        .split('\n');
      const [pid, , , port] = lines;
      if (!isAlive(Number(pid))) continue;
      const password = fs.readFileSync(path.join(stateFolder, 'password'), 'utf8').trim();
      return { version: name.slice('data-'.length), port: Number(port), password };
    }
    return null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function removeLeftovers(stateFolder: string): void {
  for (const name of fs.readdirSync(stateFolder)) {
    if (name.startsWith('new-')) {
      fs.rmSync(path.join(stateFolder, name), { recursive: true, force: true });
    }
  }
}

interface InitialiseOptions {
  readonly draft: string;
  readonly passwordFile: string;
  readonly binaries: PostgresBinaries;
  readonly isDurable: boolean;
}

function initialise({ draft, passwordFile, binaries, isDurable }: InitialiseOptions): void {
  const identity = postgresIdentity();
  fs.mkdirSync(draft, { mode: 0o700 });
  fs.rmSync(passwordFile, { force: true });
  fs.writeFileSync(passwordFile, `${crypto.randomBytes(18).toString('base64url')}\n`, {
    mode: 0o600,
  });
  if (identity !== undefined) {
    fs.chownSync(draft, identity.uid, identity.gid);
    fs.chownSync(passwordFile, identity.uid, identity.gid);
  }
  const locale =
    binaries.major >= 17
      ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
      : ['--locale=C'];
  const run = spawnSync(
    programPath(binaries, 'initdb'),
    [
      '-D',
      draft,
      '-U',
      'postgres',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      ...(isDurable ? [] : ['--no-sync']),
      ...locale,
    ],
    { ...identity, cwd: '/', env: postgresEnvironment(), encoding: 'utf8' },
  );
  if (run.status === 0) return;
  fs.rmSync(draft, { recursive: true, force: true });
  const reason = (run.error?.message ?? run.stderr).trim().split('\n').at(-1) ?? 'unknown reason';
  throw new AppError('unavailable', 'postgres_init_failed', {
    detail: `The bundled PostgreSQL could not prepare ${draft}: ${reason}. Set DATABASE_URL to use another server.`,
  });
}

const STOP_WAIT_MS = 10_000;

/**
 * Clears what a killed run left: a server without an owner is stopped (fast, nothing committed is lost), a stale
 * pid file removed. Only call it while holding the folder's lock.
 */
export async function endOrphan(dataFolder: string): Promise<void> {
  const pidFile = path.join(dataFolder, 'postmaster.pid');
  const deadline = Date.now() + STOP_WAIT_MS;
  for (let isFirst = true; fs.existsSync(pidFile); isFirst = false) {
    const pid = Number(fs.readFileSync(pidFile, 'utf8').split('\n')[0]);
    if (!isServerOf(pid, dataFolder)) {
      fs.rmSync(pidFile, { force: true });
      return;
    }
    if (Date.now() > deadline) {
      throw new AppError('conflict', 'postgres_still_running', {
        detail: `A PostgreSQL (process ${String(pid)}) still uses ${dataFolder} and does not stop. Stop it and start again.`,
      });
    }
    if (isFirst) process.kill(pid, 'SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function isServerOf(pid: number, dataFolder: string): boolean {
  if (!Number.isInteger(pid) || pid <= 1 || !isAlive(pid)) return false;
  const command = commandLine(pid);
  return command === null || command.includes(dataFolder);
}

function commandLine(pid: number): string | null {
  try {
    return fs.readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8');
  } catch {
    if (process.platform === 'win32') return null;
    const run = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
    return run.status === 0 ? run.stdout : null;
  }
}
