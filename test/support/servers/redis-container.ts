import { spawnSync } from 'node:child_process';

import { findFreePort } from '../../../src/dev/free-port.ts';
import { listens } from '../http/listens.ts';

/** A Redis on 127.0.0.1 that ends with this process. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts Redis in a container that removes itself. @returns null without a Docker engine. */
export async function startRedisContainer(): Promise<RedisServer | null> {
  if (spawnSync('docker', ['info'], { stdio: 'ignore', timeout: 5_000 }).status !== 0) return null;
  const port = await findFreePort();
  const run = spawnSync(
    'docker',
    ['run', '--rm', '--detach', '--publish', `127.0.0.1:${String(port)}:6379`, 'redis:8-alpine'],
    { encoding: 'utf8' },
  );
  if (run.status !== 0) return null;
  const container = run.stdout.trim();
  const stop = async (): Promise<void> => {
    spawnSync('docker', ['stop', '--time', '1', container], { stdio: 'ignore' });
  };
  if (await listens(port)) return { url: `redis://127.0.0.1:${String(port)}`, port, stop };
  await stop();
  return null;
}
