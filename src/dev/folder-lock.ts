import fs from 'node:fs';
import path from 'node:path';

import { AppError } from '../platform/app-error.ts';

const ATTEMPTS = 3;

/**
 * Makes this process the only user of a folder, until it ends or calls `release`. A lock that a killed process left is taken over.
 * @throws AppError `folder_in_use` when another live process holds it.
 */
export function lockFolder(folder: string): { release(): void } {
  const file = path.join(folder, 'lock');
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    if (create(file)) return releaseAtExit(file);
    const owner = readOwner(file);
    if (owner !== null && isOwnedBy(owner)) {
      throw new AppError('conflict', 'folder_in_use', {
        detail: `Another instance (process ${String(owner.pid)}) is using ${folder}. Stop it first, or set DATABASE_URL.`,
      });
    }
    fs.rmSync(file, { force: true });
  }
  throw new AppError('conflict', 'folder_in_use', {
    detail: `Another instance is starting in ${folder}. Try again in a moment.`,
  });
}

interface Owner {
  readonly pid: number;
  readonly startedAt: string;
}

function create(file: string): boolean {
  const owner: Owner = { pid: process.pid, startedAt: processStart(process.pid) };
  try {
    fs.writeFileSync(file, JSON.stringify(owner), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function releaseAtExit(file: string): { release(): void } {
  const release = (): void => {
    process.off('exit', release);
    fs.rmSync(file, { force: true });
  };
  process.once('exit', release);
  return { release };
}

function readOwner(file: string): Owner | null {
  try {
    const { pid, startedAt } = JSON.parse(fs.readFileSync(file, 'utf8')) as Partial<Owner>;
    return typeof pid === 'number' && typeof startedAt === 'string' ? { pid, startedAt } : null;
  } catch {
    return null;
  }
}

function isOwnedBy({ pid, startedAt }: Owner): boolean {
  return isAlive(pid) && processStart(pid) === startedAt;
}

/** True when a process with this id exists, of any user. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

// Process ids are reused, but not with the same start time. Without /proc only the id is compared.
function processStart(pid: number): string {
  try {
    const stat = fs.readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
