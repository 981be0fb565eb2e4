import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { downloadPackages } from './debian-package.ts';

/** A program that is unpacked but not installed. */
export interface UnpackedProgram {
  readonly command: string;
  /** Folder of its shared libraries. */
  readonly libraries: string;
}

export interface WantedProgram {
  /** Name of the folder in `.cache/`. */
  readonly name: string;
  /** Debian packages that contain the program. */
  readonly packages: readonly string[];
  /** Its path in the packages, for example `usr/bin/redis-server`. */
  readonly file: string;
  /** The flag that prints the version. Default: `--version`. */
  readonly versionFlag?: string;
}

/**
 * A program of Debian or Ubuntu, fetched by apt (which checks signatures) and unpacked into `.cache/`. Nothing is
 * installed and no root is needed. Takes some seconds the first time. @returns null without apt or network.
 */
export function unpackProgram(wanted: WantedProgram): UnpackedProgram | null {
  const cache = fileURLToPath(new URL(`../../../.cache/${wanted.name}`, import.meta.url));
  const root = path.join(cache, 'root');
  const ready = findUnpacked(root, wanted);
  if (ready !== null) return ready;
  if (process.platform !== 'linux' || spawnSync('apt-get', ['--version']).status !== 0) return null;
  process.stdout.write(`Fetching ${wanted.name} for the tests (once, into .cache) ...\n`);
  const draft = path.join(cache, `draft-${String(process.pid)}`);
  try {
    if (!downloadPackages(draft, wanted.packages)) return null;
    fs.rmSync(root, { recursive: true, force: true });
    fs.renameSync(path.join(draft, 'root'), root);
    return findUnpacked(root, wanted);
  } finally {
    fs.rmSync(draft, { recursive: true, force: true });
  }
}

function findUnpacked(
  root: string,
  { file, versionFlag = '--version' }: WantedProgram,
): UnpackedProgram | null {
  const command = path.join(root, file);
  if (!fs.existsSync(command)) return null;
  // The folder is missing when all needed libraries are installed.
  const libraries = path.join(root, 'usr/lib');
  const folders = fs.existsSync(libraries) ? fs.readdirSync(libraries) : [];
  const triplet = folders.find((name) => name.endsWith('-linux-gnu')) ?? '';
  const program = { command, libraries: path.join(libraries, triplet) };
  const check = spawnSync(command, [versionFlag], {
    env: { ...process.env, LD_LIBRARY_PATH: program.libraries },
  });
  return check.status === 0 ? program : null;
}
