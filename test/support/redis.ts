import crypto from 'node:crypto';

import { startRedisServer, type RedisServer } from './redis-server.ts';

/**
 * The Redis of this run, with a logical database of this worker's own (1 to 15, by the worker's number), so that
 * workers do not meet. Tests of one worker run one after another: use random keys or flush.
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

/** A Redis of its own for tests that stop it, fill it or watch all of it. */
export async function startRedis(): Promise<RedisServer> {
  return startRedisServer();
}

/** A key prefix nobody else uses. */
export function randomPrefix(): string {
  return `t${crypto.randomBytes(6).toString('hex')}:`;
}
