import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { findFreePort } from '../../../src/dev/free-port.ts';
import { startTethered } from '../../../src/dev/tethered-process.ts';
import { listens } from '../http/listens.ts';
import { startRedisContainer, type RedisServer } from './redis-container.ts';
import { unpackRedis, type RedisProgram } from './redis-package.ts';

export type { RedisServer };

/**
 * Starts an empty Redis: from PATH, else the Debian package unpacked into `.cache/`, else a container.
 * @throws Error with one line that lists the tried sources.
 */
export async function startRedisServer(): Promise<RedisServer> {
  const program = findOnPath() ?? unpackRedis();
  if (program !== null) return startProgram(program);
  const container = await startRedisContainer();
  if (container !== null) return container;
  throw new Error(
    'Tests need a real Redis: no redis-server or valkey-server on PATH, no apt to unpack one with, no Docker engine. ' +
      'Install one of them or set TEST_REDIS_URL.',
  );
}

/** The Redis program, for tests of several processes. @throws Error without one. */
export function redisProgram(): RedisProgram {
  const program = findOnPath() ?? unpackRedis();
  if (program === null)
    throw new Error('Tests need redis-server: install it, or apt to unpack it.');
  return program;
}

function findOnPath(): RedisProgram | null {
  for (const command of ['redis-server', 'valkey-server']) {
    if (spawnSync(command, ['--version']).status === 0) return { command };
  }
  return null;
}

async function startProgram({ command, libraries }: RedisProgram): Promise<RedisServer> {
  const port = await findFreePort();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'consentry-redis-'));
  const server = startTethered({
    command,
    args: [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      folder,
      '--save',
      '',
      '--appendonly',
      'no',
      '--loglevel',
      'warning',
    ],
    env: libraries === undefined ? process.env : { ...process.env, LD_LIBRARY_PATH: libraries },
    cwd: folder,
    stopSignal: 'TERM',
  });
  const stop = async (): Promise<void> => {
    await server.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  };
  if (await listens(port)) return { url: `redis://127.0.0.1:${String(port)}`, port, stop };
  await stop();
  throw new Error(`Redis (${command}) did not start: ${server.errorOutput()}`);
}
