import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { downloadPackages } from './debian-package.ts';

/** How a Redis program is started. */
export interface RedisProgram {
  readonly command: string;
  /** Folder of its shared libraries, when they are not installed. */
  readonly libraries?: string;
}

const CACHE = fileURLToPath(new URL('../../.cache/redis', import.meta.url));

/**
 * Debian's or Ubuntu's `redis-server`, fetched by apt (which checks its signatures) and unpacked into `.cache/`:
 * nothing is installed and no root is needed. About 6 s the first time. Null where there is no apt or no network.
 */
export function unpackRedis(): RedisProgram | null {
  const ready = findUnpacked(path.join(CACHE, 'root'));
  if (ready !== null) return ready;
  if (process.platform !== 'linux' || spawnSync('apt-get', ['--version']).status !== 0) return null;
  process.stdout.write('Fetching Redis for the tests (once, into .cache) ...\n');
  const draft = path.join(CACHE, `draft-${String(process.pid)}`);
  try {
    if (!downloadPackages(draft, ['redis-server', 'redis-tools'])) return null;
    const unpacked = path.join(draft, 'root');
    fs.rmSync(path.join(CACHE, 'root'), { recursive: true, force: true });
    fs.renameSync(unpacked, path.join(CACHE, 'root'));
    return findUnpacked(path.join(CACHE, 'root'));
  } finally {
    fs.rmSync(draft, { recursive: true, force: true });
  }
}

function findUnpacked(root: string): RedisProgram | null {
  const command = path.join(root, 'usr/bin/redis-server');
  if (!fs.existsSync(command)) return null;
  // Absent when every library it needs is installed.
  const libraries = path.join(root, 'usr/lib');
  const folders = fs.existsSync(libraries) ? fs.readdirSync(libraries) : [];
  const triplet = folders.find((name) => name.endsWith('-linux-gnu')) ?? '';
  const program = { command, libraries: path.join(libraries, triplet) };
  const check = spawnSync(command, ['--version'], {
    env: { ...process.env, LD_LIBRARY_PATH: program.libraries },
  });
  return check.status === 0 ? program : null;
}
