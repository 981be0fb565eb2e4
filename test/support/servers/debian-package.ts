import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/**
 * Fetches Debian packages with their missing dependencies, and unpacks them into `<draft>/root`.
 * Nothing is installed and no root is needed; apt checks the signatures. @returns false on failure.
 */
export function downloadPackages(draft: string, names: readonly string[]): boolean {
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
    // As root, apt would fetch as the user `_apt`, which cannot write into this folder.
    '--option=APT::Sandbox::User=root',
  ];
  if (!succeeds('apt-get', [...options, 'update'])) return false;
  // Reinstall, because a package may be installed without its program on PATH.
  const flags = ['install', '-y', '--download-only', '--reinstall', '--no-install-recommends'];
  if (!succeeds('apt-get', [...options, ...flags, ...names])) return false;
  const packages = fs.readdirSync(archives).filter((file) => file.endsWith('.deb'));
  return packages.every((file) => succeeds('dpkg-deb', ['-x', path.join(archives, file), root]));
}

function succeeds(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}
