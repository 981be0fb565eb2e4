import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { downloadPackages } from '../../support/servers/debian-package.ts';

/** The nginx program and its libraries. */
export interface NginxProgram {
  readonly command: string;
  readonly libraries?: string;
}

const CACHE = fileURLToPath(new URL('../../../.cache/nginx', import.meta.url));

/**
 * Finds nginx on PATH, or unpacks the package of Debian or Ubuntu into `.cache/` without root.
 * @throws Error with one line that names the missing program.
 */
export function findNginx(): NginxProgram {
  for (const command of ['nginx', '/usr/sbin/nginx']) if (works({ command })) return { command };
  const unpacked = findUnpacked() ?? unpack();
  if (unpacked !== null) return unpacked;
  throw new Error(
    'The topology test needs nginx: none on PATH, and no apt to unpack one with. Install nginx.',
  );
}

function unpack(): NginxProgram | null {
  if (process.platform !== 'linux' || spawnSync('apt-get', ['--version']).status !== 0) return null;
  process.stdout.write('Fetching nginx for the tests (once, into .cache) ...\n');
  const draft = path.join(CACHE, `draft-${String(process.pid)}`);
  try {
    if (!downloadPackages(draft, ['nginx'])) return null;
    fs.rmSync(path.join(CACHE, 'root'), { recursive: true, force: true });
    fs.renameSync(path.join(draft, 'root'), path.join(CACHE, 'root'));
    return findUnpacked();
  } finally {
    fs.rmSync(draft, { recursive: true, force: true });
  }
}

function findUnpacked(): NginxProgram | null {
  const command = path.join(CACHE, 'root/usr/sbin/nginx');
  if (!fs.existsSync(command)) return null;
  const folder = path.join(CACHE, 'root/usr/lib');
  // The folder is missing when all needed libraries are installed.
  const names = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  const triplet = names.find((name) => name.endsWith('-linux-gnu'));
  const program = { command, libraries: path.join(folder, triplet ?? '') };
  return works(program) ? program : null;
}

/** The environment variables with which the program finds its libraries. */
export function nginxEnvironment({ libraries }: NginxProgram): NodeJS.ProcessEnv {
  return libraries === undefined ? process.env : { ...process.env, LD_LIBRARY_PATH: libraries };
}

function works(program: NginxProgram): boolean {
  return spawnSync(program.command, ['-v'], { env: nginxEnvironment(program) }).status === 0;
}
