import crypto from 'node:crypto';

import { startRedisServer, type RedisServer } from './redis-server.ts';

/**
 * The Redis of this run with the logical database of this worker (1 to 15, by its number), so that
 * workers do not share keys. Tests of one worker run sequentially: use random keys or flush.
 */
export function testRedisUrl(): string {
  const shared = process.env['CONSENTRY_TEST_REDIS'];
  if (shared === undefined) throw new Error('Run the tests with mocha from the project folder');
  const url = new URL(shared);
  url.pathname = `/${String(workerNumber())}`;
  return url.href;
}

function workerNumber(): number {
  const id = process.env['MOCHA_WORKER_ID'];
  return id === undefined ? 15 : 1 + (Number(id) % 14);
}

/** A separate Redis for tests that stop, fill or monitor it. */
export async function startRedis(): Promise<RedisServer> {
  return startRedisServer();
}

/** A unique key prefix. */
export function randomPrefix(): string {
  return `t${crypto.randomBytes(6).toString('hex')}:`;
}
