import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { postgresIdentity } from '../../../src/dev/embedded-postgres-binaries.ts';
import { findFreePort } from '../../../src/dev/free-port.ts';
import { startTethered } from '../../../src/dev/tethered-process.ts';
import { listens } from '../http/listens.ts';
import { unpackProgram } from './unpacked-program.ts';

/** A real PgBouncer in transaction mode. */
export interface Pooler {
  /** The given URL with the address of the pooler. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts PgBouncer of Debian with its defaults in front of the server of `databaseUrl`. */
export async function startPgBouncer(databaseUrl: string): Promise<Pooler> {
  const program = unpackProgram({
    name: 'pgbouncer',
    packages: ['pgbouncer'],
    file: 'usr/sbin/pgbouncer',
  });
  if (program === null) throw new Error('Tests need PgBouncer: no apt to unpack one with.');
  const target = new URL(databaseUrl);
  const port = await findFreePort();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'consentry-pgbouncer-'));
  // PgBouncer refuses to run as root, and its user may have no access to the project.
  const command = path.join(folder, 'pgbouncer');
  fs.copyFileSync(program.command, command);
  if (fs.existsSync(program.libraries)) {
    fs.cpSync(program.libraries, path.join(folder, 'lib'), { recursive: true });
  }
  const user = decodeURIComponent(target.username);
  const settings = path.join(folder, 'pgbouncer.ini');
  const users = path.join(folder, 'users.txt');
  fs.writeFileSync(users, `"${user}" "${decodeURIComponent(target.password)}"\n`);
  fs.writeFileSync(
    settings,
    [
      '[databases]',
      `* = host=${target.hostname} port=${target.port}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${String(port)}`,
      'unix_socket_dir =',
      'auth_type = trust',
      `auth_file = ${users}`,
      'pool_mode = transaction',
    ].join('\n'),
  );
  fs.chmodSync(folder, 0o755);
  const identity = postgresIdentity();
  const server = startTethered({
    command,
    args: ['-q', settings],
    env: { ...process.env, LD_LIBRARY_PATH: path.join(folder, 'lib') },
    cwd: folder,
    stopSignal: 'INT',
    ...(identity !== undefined && { identity }),
  });
  const stop = async (): Promise<void> => {
    await server.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  };
  if (!(await listens(port))) {
    await stop();
    throw new Error(`PgBouncer did not start: ${server.errorOutput()}`);
  }
  target.port = String(port);
  target.hostname = '127.0.0.1';
  return { url: target.href, stop };
}
