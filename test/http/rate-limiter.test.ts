import { expect } from 'chai';
import { Type } from 'typebox';

import { route } from '../../src/http/routing/route.ts';
import { isAppError } from '../../src/platform/app-error.ts';
import { openPostgres, type Postgres } from '../../src/platform/postgres/postgres.ts';
import { createRateLimiter, type RateLimiter } from '../../src/platform/rate-limiter.ts';
import { openRedis, type Redis } from '../../src/platform/redis/redis.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { testRedisUrl } from '../support/servers/redis.ts';
import { ana, openApp } from './open-app.ts';

const RULE = { name: 'sign-in', points: 5, perSeconds: 60 };
let database: TestDatabase;
let postgres: Postgres;
let redis: Redis;

before(async () => {
  database = await createTestDatabase();
  postgres = openPostgres({
    url: database.url,
    poolSize: 10,
    applicationName: 'rate-limiter-test',
  });
  redis = openRedis({ url: testRedisUrl() });
  await redis.flushdb();
});
after(async () => {
  await postgres.close();
  await redis.quit();
  await database.drop();
});

async function passes(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (isAppError(error, 'rate_limited')) return false;
    throw error;
  }
}

async function countPasses(
  limiter: RateLimiter,
  key: string | string[],
  tries: number,
): Promise<number> {
  const outcomes = await Promise.all(
    Array.from({ length: tries }, () => passes(() => limiter.consume({ ...RULE, key }))),
  );
  return outcomes.filter(Boolean).length;
}

for (const mode of ['Postgres alone', 'Redis']) {
  describe(`The rate limiter with ${mode}`, () => {
    let first: RateLimiter;
    let second: RateLimiter;
    before(() => {
      const options = { postgres, ...(mode === 'Redis' && { redis }) };
      first = createRateLimiter(options);
      second = createRateLimiter(options);
    });

    it('accepts exactly the limit under 50 concurrent tries', async () => {
      expect(await countPasses(first, `a-${mode}`, 50)).to.equal(5);
    });

    it('counts over all nodes', async () => {
      const counts = await Promise.all([
        countPasses(first, `b-${mode}`, 20),
        countPasses(second, `b-${mode}`, 20),
      ]);
      expect(counts[0] + counts[1]).to.equal(5);
    });

    it('counts several keys separately and refuses when one is at its limit', async () => {
      await countPasses(first, `account-${mode}`, 5);
      expect(await countPasses(first, [`ip-${mode}`, `account-${mode}`], 1)).to.equal(0);
      expect(await countPasses(first, `ip-${mode}`, 5)).to.equal(4);
    });

    it('returns the time to wait', async () => {
      await countPasses(first, `c-${mode}`, 5);
      const error: unknown = await first
        .consume({ ...RULE, key: `c-${mode}` })
        .catch((refusal: unknown) => refusal);
      expect(isAppError(error, 'rate_limited') && error.retryAfterSeconds).to.be.within(1, 60);
    });

    it('is reset on every node', async () => {
      await countPasses(first, `d-${mode}`, 5);
      await second.reset({ name: RULE.name, key: `d-${mode}` });
      expect(await countPasses(first, `d-${mode}`, 1)).to.equal(1);
    });
  });
}

describe('The rate limiter with a busy Redis client', () => {
  it('does not mix up responses when a rule is used for the first time', async () => {
    const busy = openRedis({ url: testRedisUrl() });
    const limiter = createRateLimiter({ postgres, redis: busy });
    await busy.set('mine', 'value');
    const answers = await Promise.all([
      busy.get('mine'),
      limiter.consume({ ...RULE, name: 'a-new-rule', key: 'g' }),
      busy.get('mine'),
      limiter.consume({ ...RULE, name: 'another-new-rule', key: 'g' }),
      busy.get('mine'),
    ]);
    expect(answers).to.deep.equal(['value', undefined, 'value', undefined, 'value']);
    busy.disconnect();
  });
});

describe('The rate limiter without its stores', () => {
  it('counts in this process', async () => {
    const away = openPostgres({
      url: 'postgres://127.0.0.1:1/none',
      poolSize: 1,
      applicationName: 'x',
    });
    const limiter = createRateLimiter({ postgres: away });
    expect(await countPasses(limiter, 'e', 20)).to.equal(5);
    await away.close();
  });

  it('continues in Postgres during an outage of Redis', async () => {
    const gone = openRedis({ url: 'redis://127.0.0.1:1' });
    const limiter = createRateLimiter({ postgres, redis: gone });
    expect(await countPasses(limiter, 'f', 20)).to.equal(5);
    expect(await countPasses(createRateLimiter({ postgres }), 'f', 5)).to.equal(0);
    gone.disconnect();
  });

  it('stores no key in plain text', async () => {
    await countPasses(createRateLimiter({ postgres }), 'ana@example.org', 1);
    const rows = await postgres.query<{ key: string }>({
      name: 'keys',
      text: 'select key from rate_limits',
    });
    expect(JSON.stringify(rows)).to.include('sign-in:').and.not.include('ana@');
  });
});

describe('A limited route', () => {
  it('responds 429 with Retry-After', async () => {
    const limited = route({
      method: 'get',
      path: '/api/v1/limited',
      operationId: 'limited',
      tag: 'T',
      summary: 's',
      access: 'public',
      response: Type.Object({}),
      limit: { points: 2, perSeconds: 60 },
      handle: async () => ({}),
    });
    const app = await openApp({
      routes: [limited],
      rateLimiter: createRateLimiter({ postgres }),
      callers: { ana },
    });
    const statuses: number[] = [];
    for (let round = 0; round < 3; round += 1)
      statuses.push((await app.fetch('/api/v1/limited')).status);
    const refused = await app.fetch('/api/v1/limited');
    await app.close();
    expect(statuses).to.deep.equal([200, 200, 429]);
    expect(refused.headers.get('retry-after')).to.match(/^\d+$/);
    expect(await refused.json()).to.include({ code: 'rate_limited' });
  });
});
