import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

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
    if (!downloadPackage(draft, 'redis-server')) return null;
    const unpacked = path.join(draft, 'root');
    fs.rmSync(path.join(CACHE, 'root'), { recursive: true, force: true });
    fs.renameSync(unpacked, path.join(CACHE, 'root'));
    return findUnpacked(path.join(CACHE, 'root'));
  } finally {
    fs.rmSync(draft, { recursive: true, force: true });
  }
}

/** Fetches a Debian package with what it needs and unpacks all of it into `<draft>/root`. False when it cannot. */
export function downloadPackage(draft: string, name: string): boolean {
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
    `--option=Dir::State=${path.join(draft, 'state')}`,
    `--option=Dir::Cache=${path.join(draft, 'cache')}`,
    '--option=Dir::State::status=/var/lib/dpkg/status',
    '--option=Debug::NoLocking=1',
    // As root apt would fetch as `_apt`, who cannot write into this folder.
    '--option=APT::Sandbox::User=root',
  ];
  if (!succeeds('apt-get', [...options, 'update'])) return false;
  // The program itself is in redis-tools. Reinstall: apt may have it installed, just not on our PATH.
  const flags = ['install', '-y', '--download-only', '--reinstall', '--no-install-recommends'];
  const install = [...flags, 'redis-server', 'redis-tools'];
  if (!succeeds('apt-get', [...options, ...install])) return false;
  const packages = fs.readdirSync(archives).filter((name) => name.endsWith('.deb'));
  return packages.every((file) => succeeds('dpkg-deb', ['-x', path.join(archives, file), root]));
}

function succeeds(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
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
