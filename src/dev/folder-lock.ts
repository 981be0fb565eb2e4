import fs from 'node:fs';
import path from 'node:path';

import { AppError } from '../platform/app-error.ts';

/** Held until the process ends or `release` is called. */
export interface FolderLock {
  release(): void;
}

const ATTEMPTS = 3;

/**
 * Makes this process the only user of a folder. A lock that a killed process left behind is taken over.
 * @throws AppError `folder_in_use` when another live process holds it.
 */
export function lockFolder(folder: string): FolderLock {
  const file = path.join(folder, 'lock');
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    if (claim(file)) return keepUntilExit(file);
    const holder = readHolder(file);
    if (holder !== null && isHeldBy(holder)) {
      throw new AppError('conflict', 'folder_in_use', {
        detail: `Another instance (process ${String(holder.pid)}) is using ${folder}. Stop it first, or set DATABASE_URL.`,
      });
    }
    fs.rmSync(file, { force: true });
  }
  throw new AppError('conflict', 'folder_in_use', {
    detail: `Another instance is starting in ${folder}. Try again in a moment.`,
  });
}

interface Holder {
  readonly pid: number;
  readonly startedAt: string;
}

function claim(file: string): boolean {
  const holder: Holder = { pid: process.pid, startedAt: processStart(process.pid) };
  try {
    fs.writeFileSync(file, JSON.stringify(holder), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function keepUntilExit(file: string): FolderLock {
  const release = (): void => {
    process.off('exit', release);
    fs.rmSync(file, { force: true });
  };
  process.once('exit', release);
  return { release };
}

function readHolder(file: string): Holder | null {
  try {
    const { pid, startedAt } = JSON.parse(fs.readFileSync(file, 'utf8')) as Partial<Holder>;
    return typeof pid === 'number' && typeof startedAt === 'string' ? { pid, startedAt } : null;
  } catch {
    return null;
  }
}

function isHeldBy({ pid, startedAt }: Holder): boolean {
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

// Process ids are used again; together with the start time they are not. Where /proc is missing the id has to do.
function processStart(pid: number): string {
  try {
    const stat = fs.readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
