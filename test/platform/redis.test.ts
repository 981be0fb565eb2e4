import { setImmediate as nextTurn } from 'node:timers/promises';

import { expect } from 'chai';

import { openRedis, redisCall, type Redis } from '../../src/platform/redis/redis.ts';
import { testRedisUrl } from '../support/servers/redis.ts';
import { type CuttableProxy, openCuttableProxy } from './cuttable-proxy.ts';
import { waitFor } from '../support/wait-for.ts';

/** Longer than any timeout of a command. */
const BUSY_MS = 900;

function keepBusy(): void {
  const end = performance.now() + BUSY_MS;
  while (performance.now() < end);
}

describe('Redis commands', () => {
  let cable: CuttableProxy;
  let redis: Redis;
  before(async () => {
    cable = await openCuttableProxy(testRedisUrl());
    redis = openRedis({ url: cable.url });
    await waitFor('a connection', () => redis.status === 'ready', 5_000);
  });
  after(async () => {
    redis.disconnect();
    await cable.close();
  });

  it('succeed in a process that was busy for longer than their timeout', async () => {
    await redisCall(redis.set('busy', 'x'.repeat(1_000)));
    const answers = Promise.all(
      Array.from({ length: 200 }, () => redisCall(redis.get('busy')).then((text) => text?.length)),
    );
    // The commands are written now.
    await nextTurn();
    keepBusy();
    expect(new Set(await answers)).to.deep.equal(new Set([1_000]));
  });

  it('fail within 4 s when Redis does not respond, also in a busy process', async () => {
    cable.freeze();
    const start = performance.now();
    const answer = redisCall(redis.get('busy')).catch((error: unknown) => error);
    await nextTurn();
    keepBusy();
    expect(await answer).to.include({ kind: 'unavailable', code: 'redis_unavailable' });
    expect(performance.now() - start).to.be.below(BUSY_MS + 3_000);
    cable.restore();
  });

  it('fail when there is no connection', async () => {
    cable.cut();
    await waitFor('the end of the connection', () => redis.status !== 'ready', 5_000);
    const error = await redisCall(redis.get('busy')).catch((failure: unknown) => failure);
    expect(error).to.include({ kind: 'unavailable', code: 'redis_unavailable' });
    cable.restore();
    await waitFor('a connection', () => redis.status === 'ready', 5_000);
    expect(await redisCall(redis.get('busy'))).to.have.length(1_000);
  });
});
