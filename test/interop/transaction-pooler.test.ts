import { expect } from 'chai';

import { openChangeFeed } from '../../src/platform/change-feed.ts';
import { openPostgres } from '../../src/platform/postgres/postgres.ts';
import { restoreInstallation } from '../../src/server/restore-installation.ts';
import { connect, type Connected } from '../../src/server/services.ts';
import { waitFor } from '../support/wait-for.ts';
import { runCommand } from '../cli/run-command.ts';
import { TEST_ENVIRONMENT, testConfig } from '../support/config.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { failureOf } from '../support/failure.ts';
import { type Pooler, startPgBouncer } from '../support/servers/pgbouncer.ts';
import { startTestServer } from '../support/servers/server.ts';
import { appApiCalls, pageCalls, setScene } from '../flows/outages/outage-scene.ts';

describe('Behind a pooler in transaction mode', function () {
  this.timeout(120_000);
  let database: TestDatabase;
  let pooler: Pooler;

  before(async () => {
    database = await createTestDatabase();
    pooler = await startPgBouncer(database.url);
  });
  after(async () => {
    await pooler?.stop();
    await database?.drop();
  });

  async function execute(text: string): Promise<void> {
    const db = openPostgres({ url: database.url, poolSize: 1, applicationName: 'test' });
    await db.pool.query(text);
    await db.close();
  }

  it('the change feed receives nothing and is never fresh', async () => {
    const feed = await openChangeFeed({ url: pooler.url, applicationName: 'pooled' });
    expect([feed.isSilent(), feed.isFresh()]).to.deep.equal([true, false]);
    await feed.close();
  });

  it('a server does not start without a direct address', async () => {
    const failure = await failureOf(startTestServer({ databaseUrl: pooler.url }));
    expect(failure.message).to.include('DATABASE_DIRECT_URL');
  });

  it('a command reports that the direct address is missing', async () => {
    const settings = { ...TEST_ENVIRONMENT, DATABASE_URL: pooler.url, KEY_STORE_URL: database.url };
    const { code, errors } = await runCommand(['migrate', '--status'], settings);
    expect(code).to.equal(1);
    expect(errors.trim()).to.match(/^DATABASE_URL leads to a pooler\. Set DATABASE_DIRECT_URL/);
  });

  it('a server with a direct address serves requests and receives changes of other nodes', async () => {
    const server = await startTestServer({
      databaseUrl: pooler.url,
      config: { databaseDirectUrl: database.url, keyStoreUrl: database.url },
    });
    let elsewhere: Connected | undefined;
    try {
      const scene = await setScene(server);
      const calls = [...appApiCalls(scene), ...pageCalls(scene)];
      const statuses = await Promise.all(
        calls.map(async ({ name, send }) => `${name} ${String((await send()).status)}`),
      );
      expect(statuses.length).to.be.greaterThan(15);
      expect(statuses.filter((status) => !/ 20[01]$/.test(status))).to.deep.equal([]);
      expect(server.connected.feed.isFresh()).to.equal(true);

      elsewhere = await connect(testConfig(database.url, { issuer: server.url }));
      const received: unknown[] = [];
      server.connected.feed.subscribe('grant', (key) => received.push(key));
      await elsewhere.db.transaction(async (tx) => elsewhere?.feed.publish(tx, 'grant', 'a'));
      await waitFor('the change', () => received.includes('a'));
    } finally {
      await elsewhere?.close();
      await server.stop();
    }
  });

  it('a restore is not subject to the time limits of requests', async () => {
    await execute(`create function be_slow() returns trigger language plpgsql as $$
      begin perform pg_sleep(5); return null; end $$;
      create trigger be_slow before update on accounts for each statement execute function be_slow()`);
    const config = testConfig(pooler.url, {
      databaseDirectUrl: database.url,
      keyStoreUrl: database.url,
    });
    const connected = await connect(config, { isRestoring: true });
    try {
      const { grants } = await restoreInstallation(connected, () => undefined);
      expect(grants).to.be.greaterThan(0);
    } finally {
      await connected.close();
    }
  });
});
