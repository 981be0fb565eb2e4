import { setTimeout as sleep } from 'node:timers/promises';

import { Redis } from 'ioredis';
import { expect } from 'chai';
import pg from 'pg';

import { createTestDatabase, type TestDatabase } from '../../support/servers/database.ts';
import { startRedis } from '../../support/servers/redis.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';

type OwnRedis = Awaited<ReturnType<typeof startRedis>>;

describe('Readiness', function () {
  this.timeout(60_000);
  const SOON_MS = 5_000;
  const skew = { seconds: 0 };
  let database: TestDatabase;
  let redis: OwnRedis;
  let redisAdmin: Redis;
  let server: TestServer;

  before(async () => {
    database = await createTestDatabase();
    redis = await startRedis();
    redisAdmin = new Redis(redis.url);
    server = await startTestServer({
      databaseUrl: database.url,
      config: { redisUrl: redis.url },
      machineClock: { now: () => new Date(Date.now() + skew.seconds * 1000) },
    });
  });
  after(async () => {
    await server?.stop();
    redisAdmin?.disconnect();
    await redis?.stop();
    await database?.drop();
  });

  async function missing(): Promise<readonly string[]> {
    const response = await fetch(`${server.url}/health/ready`);
    const body = (await response.json()) as { missing: readonly string[] };
    expect(response.status).to.equal(body.missing.length === 0 ? 200 : 503);
    return body.missing;
  }
  /** The missing services, as soon as they are as expected or after the time limit. */
  async function soonMissing(
    expected: readonly string[],
    eachTime: () => Promise<unknown>,
  ): Promise<readonly string[]> {
    const deadline = performance.now() + SOON_MS;
    for (;;) {
      await eachTime();
      const found = await missing();
      if (String(found) === String(expected) || performance.now() > deadline) return found;
      await sleep(100);
    }
  }
  async function expectMissing(
    expected: readonly string[],
    eachTime: () => Promise<unknown> = async () => undefined,
  ): Promise<void> {
    expect(await soonMissing(expected, eachTime)).to.deep.equal(expected);
  }

  it('is reported while everything can be written', () => expectMissing([]));

  it('ends when the database is read-only, and returns afterwards', async () => {
    const admin = new pg.Client({ connectionString: process.env['CONSENTRY_TEST_DATABASE'] });
    await admin.connect();
    const name = new URL(database.url).pathname.slice(1);
    /** Ends connections with the former setting. Repeated, because one that is being opened is not listed yet. */
    const setReadOnly = async (change: string): Promise<() => Promise<unknown>> => {
      await admin.query(`alter database "${name}" ${change}`);
      const { rows } = await admin.query<{ now: string }>('select clock_timestamp()::text as now');
      return () =>
        admin.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
            where datname = $1 and backend_start < $2::timestamptz`,
          [name, rows[0]?.now],
        );
    };
    try {
      const on = await setReadOnly('set default_transaction_read_only = on');
      await expectMissing(['database writes'], on);
      const off = await setReadOnly('reset default_transaction_read_only');
      await expectMissing([], off);
    } finally {
      await admin.end();
    }
  });

  it('ends when Redis is full, and returns afterwards', async () => {
    await redisAdmin.config('SET', 'maxmemory-policy', 'noeviction');
    await redisAdmin.config('SET', 'maxmemory', '1');
    await expectMissing(['redis']);
    await redisAdmin.config('SET', 'maxmemory', '0');
    await expectMissing([]);
  });

  it('ends when Redis becomes a replica, and returns afterwards', async () => {
    await redisAdmin.replicaof('127.0.0.1', '1');
    await expectMissing(['redis']);
    await redisAdmin.replicaof('NO', 'ONE');
    await expectMissing([]);
  });

  for (const seconds of [300, -300]) {
    it(`ends when the clock of the machine is ${String(seconds)} s off, and stored times stay correct`, async () => {
      skew.seconds = seconds;
      await expectMissing(['clock']);
      const { clock } = server.connected;
      expect(clock.now().getTime()).to.be.closeTo(Date.now(), 1_000);
      const metrics = await (await fetch(`${server.url}/metrics`)).text();
      const [, shown] = /^consentry_clock_difference_seconds (\S+)$/m.exec(metrics) ?? [];
      expect(Number(shown)).to.be.closeTo(seconds, 1);
      skew.seconds = 0;
      await expectMissing([]);
    });
  }

  it('lasts while the clock is less than 5 s off', async () => {
    skew.seconds = 4;
    await sleep(2_500);
    expect(await missing()).to.deep.equal([]);
    expect(server.connected.clock.now().getTime()).to.be.closeTo(Date.now(), 1_000);
    skew.seconds = 0;
  });
});
