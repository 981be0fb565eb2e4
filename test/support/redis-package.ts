import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import type { RedisProgram } from './redis-server.ts';

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
    if (!download(draft)) return null;
    const unpacked = path.join(draft, 'root');
    fs.rmSync(path.join(CACHE, 'root'), { recursive: true, force: true });
    fs.renameSync(unpacked, path.join(CACHE, 'root'));
    return findUnpacked(path.join(CACHE, 'root'));
  } finally {
    fs.rmSync(draft, { recursive: true, force: true });
  }
}

function download(draft: string): boolean {
  const archives = path.join(draft, 'cache/archives');
  const root = path.join(draft, 'root');
  for (const folder of [
    path.join(draft, 'state/lists/partial'),
    path.join(archives, 'partial'),
    root,
  ]) {
    fs.mkdirSync(folder, { recursive: true });
  }
  const options = [
    '-qq',
    ...['-o', `Dir::State=${path.join(draft, 'state')}`],
    ...['-o', `Dir::Cache=${path.join(draft, 'cache')}`],
    ...['-o', 'Dir::State::status=/var/lib/dpkg/status'],
    ...['-o', 'Debug::NoLocking=1'],
    // As root apt would fetch as `_apt`, who cannot write into this folder.
    ...['-o', 'APT::Sandbox::User=root'],
  ];
  if (!succeeds('apt-get', [...options, 'update'])) return false;
  const install = ['install', '-y', '--download-only', '--no-install-recommends', 'redis-server'];
  if (!succeeds('apt-get', [...options, ...install])) return false;
  const packages = fs.readdirSync(archives).filter((name) => name.endsWith('.deb'));
  return packages.every((name) => succeeds('dpkg-deb', ['-x', path.join(archives, name), root]));
}

function succeeds(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

function findUnpacked(root: string): RedisProgram | null {
  const command = path.join(root, 'usr/bin/redis-server');
  if (!fs.existsSync(command)) return null;
  const libraryRoot = path.join(root, 'usr/lib');
  const triplet = fs.readdirSync(libraryRoot).find((name) => name.endsWith('-linux-gnu'));
  const libraries = triplet === undefined ? libraryRoot : path.join(libraryRoot, triplet);
  const check = spawnSync(command, ['--version'], {
    env: { ...process.env, LD_LIBRARY_PATH: libraries },
  });
  return check.status === 0 ? { command, libraries } : null;
}
