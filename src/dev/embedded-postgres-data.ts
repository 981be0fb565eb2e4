import { spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { AppError } from '../platform/app-error.ts';
import {
  postgresIdentity,
  runProgram,
  type PostgresBinaries,
} from './embedded-postgres-binaries.ts';
import { isAlive } from './folder-lock.ts';

/** The folder and the password of a state folder. */
export interface PostgresData {
  readonly folder: string;
  readonly password: string;
}

/**
 * Makes the data folder at the first start. It is created under another name and then renamed, so that a killed process
 * leaves no incomplete folder.
 * @throws AppError `postgres_init_failed` with the program's own reason.
 */
export function prepareData(
  stateFolder: string,
  binaries: PostgresBinaries,
  { isDurable }: { readonly isDurable: boolean },
): PostgresData {
  const folder = path.join(stateFolder, `data-${String(binaries.major)}`);
  if (!fs.existsSync(path.join(folder, 'PG_VERSION'))) {
    for (const name of fs.readdirSync(stateFolder))
      if (name.startsWith('new-')) fs.rmSync(path.join(stateFolder, name), { recursive: true });
    const draft = path.join(stateFolder, `new-${String(process.pid)}`);
    initialise(draft, binaries, isDurable ? [] : ['--no-sync']);
    fs.renameSync(draft, folder);
  }
  return { folder, password: readPassword(stateFolder) };
}

/** The server that runs on this state folder, by the file that PostgreSQL keeps while it runs; null when none runs. */
export function readRunning(stateFolder: string): { port: number; password: string } | null {
  if (!fs.existsSync(stateFolder)) return null;
  for (const name of fs.readdirSync(stateFolder).filter((entry) => entry.startsWith('data-'))) {
    const running = readPidFile(path.join(stateFolder, name));
    if (running !== null && isAlive(running.pid))
      return { port: running.port, password: readPassword(stateFolder) };
  }
  return null;
}

function readPidFile(dataFolder: string): { readonly pid: number; readonly port: number } | null {
  try {
    const text = fs.readFileSync(path.join(dataFolder, 'postmaster.pid'), 'utf8');
    const [pid, , , port] = text.split('\n').map(Number);
    return { pid: pid ?? 0, port: port ?? 0 };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function readPassword(stateFolder: string): string {
  return fs.readFileSync(path.join(stateFolder, 'password'), 'utf8').trim();
}

function initialise(draft: string, binaries: PostgresBinaries, options: readonly string[]): void {
  const passwordFile = path.join(path.dirname(draft), 'password');
  fs.mkdirSync(draft, { mode: 0o700 });
  fs.rmSync(passwordFile, { force: true });
  const password = crypto.randomBytes(18).toString('base64url');
  fs.writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  const identity = postgresIdentity();
  if (identity !== undefined)
    for (const file of [draft, passwordFile]) fs.chownSync(file, identity.uid, identity.gid);
  const locale =
    binaries.major >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : [];
  const access = ['-U', 'postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  const run = runProgram(binaries.folder, 'initdb', [
    '-D',
    draft,
    '--encoding=UTF8',
    '--locale=C',
    ...locale,
    ...access,
    ...options,
  ]);
  if (run.status === 0) return;
  fs.rmSync(draft, { recursive: true, force: true });
  const reason = (run.error?.message ?? run.stderr).trim().split('\n').at(-1) ?? 'unknown reason';
  throw new AppError('unavailable', 'postgres_init_failed', {
    detail: `The bundled PostgreSQL could not prepare ${draft}: ${reason}. Set DATABASE_URL to use another server.`,
  });
}

const STOP_WAIT_MS = 10_000;

/**
 * Cleans up after a killed process: stops a server without an owner (fast shutdown, committed data stay) and removes a
 * stale pid file. Call it only while holding the lock of the folder.
 */
export async function endOrphan(dataFolder: string): Promise<void> {
  const deadline = Date.now() + STOP_WAIT_MS;
  for (let isFirst = true; ; isFirst = false) {
    const running = readPidFile(dataFolder);
    if (running === null) return;
    const { pid } = running;
    if (!isServerOf(pid, dataFolder))
      return fs.rmSync(path.join(dataFolder, 'postmaster.pid'), { force: true });
    if (Date.now() > deadline) {
      throw new AppError('conflict', 'postgres_still_running', {
        detail: `A PostgreSQL (process ${String(pid)}) still uses ${dataFolder} and does not stop. Stop it and start again.`,
      });
    }
    if (isFirst) process.kill(pid, 'SIGINT');
    await sleep(50);
  }
}

/**
 * Process ids are reused, so this checks, if the command line can be read, that the process is a server of this folder.
 */
function isServerOf(pid: number, dataFolder: string): boolean {
  if (!Number.isInteger(pid) || pid <= 1 || !isAlive(pid)) return false;
  return commandLine(pid)?.includes(dataFolder) ?? true;
}

function commandLine(pid: number): string | null {
  if (process.platform === 'win32') return null;
  try {
    if (fs.existsSync('/proc/self')) return fs.readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8');
  } catch {
    // It has just ended.
    return '';
  }
  const run = spawnSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
  return run.status === 0 ? run.stdout : null;
}
