import { setTimeout as sleep } from 'node:timers/promises';

import { expect } from 'chai';

import { openChangeFeed, type ChangeFeed } from '../../src/platform/change-feed.ts';
import { openPostgres, type Postgres } from '../../src/platform/postgres/postgres.ts';
import { sql } from '../../src/platform/postgres/sql.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { openCuttableProxy, type CuttableProxy } from './cuttable-proxy.ts';
import { waitFor } from '../support/wait-for.ts';

const applicationName = 'feed-test';

describe('Change feed', () => {
  let database: TestDatabase;
  let proxy: CuttableProxy;
  let db: Postgres;
  /** The feed of the node that makes the changes. */
  let elsewhere: ChangeFeed;
  let feed: ChangeFeed;
  let received: (string | null)[];

  before(async () => {
    database = await createTestDatabase();
    db = openPostgres({ url: database.url, poolSize: 4, applicationName });
    elsewhere = await openChangeFeed({ url: database.url, applicationName });
  });
  beforeEach(async () => {
    proxy = await openCuttableProxy(database.url);
    feed = await openChangeFeed({ url: proxy.url, applicationName });
    received = [];
    feed.subscribe('grant', (key) => received.push(key));
  });
  afterEach(async () => {
    await feed.close();
    await proxy.close();
  });
  after(async () => {
    await elsewhere.close();
    await db.close();
    await database.drop();
  });

  const publish = (...keys: readonly string[]) =>
    db.transaction(async (tx) => {
      for (const key of keys) await elsewhere.publish(tx, 'grant', key);
    });

  it('delivers published keys in the order of the commits', async () => {
    await publish('a', 'b');
    await publish('c');
    await waitFor('three keys', () => received.length === 3);
    expect(received).to.deep.equal(['a', 'b', 'c']);
  });

  it('delivers within a fraction of a second', async () => {
    await publish('a');
    await waitFor('the key', () => received.length === 1, 500);
  });

  it('notifies the own node at the commit, before the notification of PostgreSQL', async () => {
    proxy.freeze();
    await db.transaction((tx) => feed.publish(tx, 'grant', 'own'));
    expect(received).to.deep.equal(['own']);
  });

  it('notifies the own node of each change once', async () => {
    const own: (string | null)[] = [];
    const stop = elsewhere.subscribe('grant', (key) => own.push(key));
    const keys = Array.from({ length: 200 }, (_, at) => String(at));
    await Promise.all(keys.map((key) => publish(key)));
    await waitFor('all keys at the other node', () => received.length === keys.length);
    // The own node receives its notifications in the same way.
    await publish('last');
    await waitFor('the last key', () => received.includes('last'));
    stop();
    expect(own).to.have.members([...keys, 'last']);
  });

  it('notifies that node again when a commit follows after its answer was lost', async () => {
    const own: (string | null)[] = [];
    const stop = elsewhere.subscribe('grant', (key) => own.push(key));
    for (const [key, isCommitted] of [
      ['late', false],
      ['known', true],
    ] as const) {
      const { call, deliver } = elsewhere.announcement('grant', key);
      deliver(isCommitted);
      await db.query(sql`select ${call}`);
    }
    await publish('last');
    await waitFor('the last key', () => received.includes('last') && own.includes('last'));
    stop();
    expect(own).to.have.members(['late', 'late', 'known', 'last']);
  });

  it('delivers nothing before the commit and nothing after a rollback', async () => {
    await db
      .transaction(async (tx) => {
        for (const node of [feed, elsewhere]) await node.publish(tx, 'grant', 'rolled back');
        await sleep(50);
        expect(received).to.deep.equal([]);
        throw new Error('changed my mind');
      })
      .catch(() => undefined);
    await publish('after');
    await waitFor('the key', () => received.length > 0);
    expect(received).to.deep.equal(['after']);
  });

  it('delivers keys with spaces and colons unchanged', async () => {
    await publish('account 1:client 2');
    await waitFor('the key', () => received.length === 1);
    expect(received).to.deep.equal(['account 1:client 2']);
  });

  it('notifies listeners of their own topic only, until they unsubscribe', async () => {
    const others: (string | null)[] = [];
    const unsubscribe = feed.subscribe('client', (key) => others.push(key));
    await db.transaction((tx) => elsewhere.publish(tx, 'client', 'x'));
    await waitFor('the other topic', () => others.length === 1);
    unsubscribe();
    await db.transaction((tx) => elsewhere.publish(tx, 'client', 'y'));
    await publish('last');
    await waitFor('the last key', () => received.length === 1);
    expect([others, received]).to.deep.equal([['x'], ['last']]);
  });

  it('is fresh while Postgres responds', async () => {
    expect(feed.isFresh()).to.equal(true);
    await sleep(1_000);
    await waitFor('the feed to be still fresh', () => feed.isFresh());
  });

  it('stops being fresh within 750 ms when the connection is silent', async () => {
    proxy.freeze();
    await waitFor('no longer fresh', () => !feed.isFresh(), 760);
  });

  it('stops being fresh when Postgres closes the connection', async () => {
    proxy.cut();
    await waitFor('no longer fresh', () => !feed.isFresh(), 760);
  });

  it('delivers null after a reconnect, and is then fresh', async () => {
    proxy.cut();
    await waitFor('no longer fresh', () => !feed.isFresh(), 760);
    await publish('missed');
    proxy.restore();
    await waitFor('fresh again', () => feed.isFresh(), 3_000);
    // PostgreSQL may also deliver keys committed just before the reconnect.
    expect(received).to.include(null);
    await publish('delivered');
    await waitFor('the key', () => received.at(-1) === 'delivered');
  });

  it('is not fresh before listeners have received null', async () => {
    proxy.cut();
    await waitFor('no longer fresh', () => !feed.isFresh(), 760);
    const freshWhenNotified: boolean[] = [];
    feed.subscribe('grant', (key) => {
      if (key === null) freshWhenNotified.push(feed.isFresh());
    });
    proxy.restore();
    await waitFor('fresh again', () => feed.isFresh(), 3_000);
    expect(freshWhenNotified).to.deep.equal([false]);
  });

  it('opens without Postgres, is not fresh, and connects later', async () => {
    proxy.cut();
    const late = await openChangeFeed({ url: proxy.url, applicationName });
    expect(late.isFresh()).to.equal(false);
    proxy.restore();
    await waitFor('fresh', () => late.isFresh(), 3_000);
    await late.close();
  });
});
