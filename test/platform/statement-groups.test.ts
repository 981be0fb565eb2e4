import { expect } from 'chai';

import { openPostgres, type Postgres } from '../../src/platform/postgres/postgres.ts';
import { sql } from '../../src/platform/postgres/sql.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { startPgBouncer } from '../support/servers/pgbouncer.ts';
import { countSocketWrites } from '../support/measurement/socket-writes.ts';
import { type CuttableProxy, openCuttableProxy } from './cuttable-proxy.ts';

/** SQLSTATE of a row that a unique constraint refused. */
const UNIQUE_VIOLATION = '23505';

describe('Statements outside of transactions', () => {
  let database: TestDatabase;
  let proxy: CuttableProxy;
  let db: Postgres;

  before(async () => {
    database = await createTestDatabase();
    const direct = openPostgres({ url: database.url, poolSize: 1, applicationName: 'test' });
    await direct.pool.query(`
      create table things (id int primary key, note text);
      create table parts (thing_id int references things (id) deferrable initially deferred);
      create table log (entry int)`);
    await direct.close();
  });
  beforeEach(async () => {
    proxy = await openCuttableProxy(database.url);
    db = openPostgres({ url: proxy.url, poolSize: 6, applicationName: 'test' });
    await db.query(sql`truncate things, parts, log`);
  });
  afterEach(async () => {
    proxy.restore();
    await db.close();
    await proxy.close();
  });
  after(() => database.drop());

  const insert = (id: number) =>
    sql`insert into things (id) values (${id}) returning things.id, things.xmin::text as transaction`;
  const log = (entry: number) => sql`insert into log (entry) values (${entry})`;
  const touch = (id: number) => sql`update things set note = 'touched' where things.id = ${id}`;
  const lock = (id: number) => sql`select 1 from things where things.id = ${id} for update`;
  const count = async (from = db): Promise<number> => {
    const [row] = await from.query<{ count: number }>(
      sql`select (select count(*) from things)::int + (select count(*) from log)::int as count`,
    );
    return row?.count ?? -1;
  };
  const range = (length: number) => Array.from({ length }, (_value, index) => index);

  it('that are queued together are sent in one write and committed once', async () => {
    const writes = countSocketWrites(db);
    await db.ping();
    const before = writes.count();
    const rows = await Promise.all(
      range(30).map((id) => db.query<{ id: number; transaction: string }>(insert(id))),
    );
    expect(writes.count() - before).to.equal(1);
    expect(rows.map(([row]) => row?.id)).to.deep.equal(range(30));
    expect(new Set(rows.map(([row]) => row?.transaction)).size).to.equal(1);
  });

  it('that wait while others run are sent together', async () => {
    const writes = countSocketWrites(db);
    await db.ping();
    const before = writes.count();
    const first = range(2).map(async (id) => {
      await new Promise(setImmediate);
      await db.query(insert(id));
    });
    await Promise.all([...first, ...range(40).map((id) => db.query(insert(id + 10)))]);
    expect(writes.count() - before).to.be.at.most(3);
    expect(await count()).to.equal(42);
  });

  it('do not fail when another one fails', async () => {
    await db.query(insert(3));
    const outcomes = await Promise.allSettled(range(6).map((id) => db.query(insert(id))));
    expect(outcomes.map(({ status }) => status)).to.deep.equal(
      range(6).map((id) => (id === 3 ? 'rejected' : 'fulfilled')),
    );
    expect((outcomes[3] as PromiseRejectedResult).reason).to.have.property(
      'code',
      UNIQUE_VIOLATION,
    );
    expect(await count()).to.equal(6);
  });

  it('do not fail when another one fails at the commit', async () => {
    const broken = sql`insert into parts (thing_id) values (99)`;
    const outcomes = await Promise.allSettled([
      db.query(insert(1)),
      db.query(broken),
      db.query(insert(2)),
    ]);
    expect(outcomes.map(({ status }) => status)).to.deep.equal([
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect((outcomes[1] as PromiseRejectedResult).reason).to.have.property('code', '23503');
    expect(await count()).to.equal(2);
  });

  it('do not fail when another one has an invalid value or invalid SQL', async () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const outcomes = await Promise.allSettled([
      db.query(insert(1)),
      db.query(sql`select ${circular}::jsonb`),
      db.query(sql`no sql`),
      db.query(insert(2)),
    ]);
    expect(outcomes.map(({ status }) => status)).to.deep.equal([
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
    ]);
    expect((outcomes[1] as PromiseRejectedResult).reason).to.be.instanceOf(TypeError);
    expect((outcomes[2] as PromiseRejectedResult).reason).to.have.property('code', '42601');
    expect(await count()).to.equal(2);
  });

  it('do not wait for a slow one', async function () {
    this.timeout(15_000);
    const ended: string[] = [];
    const run = async (name: string, statement: Parameters<typeof db.query>[0]) => {
      await db.query(statement);
      ended.push(name);
    };
    await Promise.all([
      run('slow', sql`select pg_sleep(2)`),
      ...range(3).map((id) => run('quick', insert(id))),
    ]);
    expect(ended).to.deep.equal(['quick', 'quick', 'quick', 'slow']);
    // Later statements do not wait either.
    ended.length = 0;
    const slow = run('slow', sql`select pg_sleep(1)`);
    await new Promise(setImmediate);
    for (const id of range(10)) await run('quick', insert(id + 10));
    await slow;
    expect(ended).to.deep.equal([...range(10).map(() => 'quick'), 'slow']);
  });

  it('that together take longer than a caller waits run one by one', async function () {
    this.timeout(15_000);
    const slowLog = (entry: number) =>
      sql`insert into log (entry) select ${entry}::int from pg_sleep(0.24)`;
    const outcomes = await Promise.allSettled(range(24).map((entry) => db.query(slowLog(entry))));
    expect(new Set(outcomes.map(({ status }) => status))).to.deep.equal(new Set(['fulfilled']));
    expect(await count()).to.equal(24);
  });

  it('do not wait for one that waits for a lock, which runs when the lock is free', async function () {
    this.timeout(15_000);
    await db.query(insert(1));
    let waiting: Promise<unknown> = Promise.resolve();
    await db.transaction(async (tx) => {
      await tx.query(lock(1));
      waiting = db.query(touch(1));
      await Promise.all([db.query(insert(2)), db.query(insert(3))]);
      for (const id of range(5)) await db.query(insert(id + 10));
    });
    await waiting;
    const rows = await db.query(sql`select 1 from things where things.note = 'touched'`);
    expect(rows).to.have.length(1);
    expect(await count()).to.equal(8);
  });

  it('complete when their group and a transaction wait for each other', async function () {
    this.timeout(15_000);
    await Promise.all([db.query(insert(1)), db.query(insert(2))]);
    let group: Promise<unknown> = Promise.resolve();
    await db.transaction(async (tx) => {
      await tx.query(lock(1));
      group = Promise.all([db.query(touch(2)), db.query(touch(1))]);
      await tx.query(sql`select pg_sleep(0.05)`);
      await tx.query(touch(2));
    });
    await group;
    const rows = await db.query(sql`select 1 from things where things.note = 'touched'`);
    expect(rows).to.have.length(2);
  });

  it('are unavailable, and not done twice, when the response to their group is lost', async () => {
    await db.ping();
    proxy.loseAnswerTo('insert into log');
    const outcomes = await Promise.allSettled(range(5).map((entry) => db.query(log(entry))));
    for (const outcome of outcomes) {
      expect((outcome as PromiseRejectedResult).reason).to.include({
        code: 'database_unavailable',
      });
    }
    expect(outcomes).to.have.length(5);
    expect(await count()).to.be.oneOf([0, 5]);
  });

  it('are unavailable, and not done, when their connection ends before the commit', async () => {
    const end = sql`select pg_terminate_backend(pg_backend_pid())`;
    const outcomes = await Promise.allSettled([log(1), log(2), end].map((one) => db.query(one)));
    expect(outcomes).to.have.length(3);
    for (const outcome of outcomes) {
      expect((outcome as PromiseRejectedResult).reason).to.include({
        code: 'database_unavailable',
      });
    }
    expect(await count()).to.equal(0);
  });

  it('work again after the server was unreachable', async () => {
    await db.ping();
    proxy.cut();
    const away = await Promise.allSettled(range(5).map((id) => db.query(insert(id))));
    expect(away.filter(({ status }) => status === 'rejected')).to.have.length(5);
    proxy.restore();
    await Promise.all(range(5).map((id) => db.query(insert(id))));
    expect(await count()).to.equal(5);
  });

  it('complete before the pool closes, and are refused afterwards', async () => {
    const other = openPostgres({ url: database.url, poolSize: 2, applicationName: 'closing' });
    const done = Promise.all(range(200).map((id) => other.query(insert(id))));
    await other.close();
    expect(await done).to.have.length(200);
    const failure = await errorOf(other.query(insert(999)));
    expect(failure).to.include({ code: 'database_unavailable' });
    expect(await count()).to.equal(200);
  });

  it('release the only connection of a pool for a waiting transaction', async () => {
    const single = openPostgres({ url: database.url, poolSize: 1, applicationName: 'single' });
    let isOver = false;
    let statements = 0;
    const callers = range(10).map(async () => {
      while (!isOver) {
        await single.query(sql`select 1`);
        statements += 1;
      }
    });
    await single.query(sql`select 1`);
    await single.transaction((tx) => tx.query(insert(1)));
    isOver = true;
    await Promise.all(callers);
    await single.close();
    expect(statements).to.be.greaterThan(0);
    expect(await count()).to.equal(1);
  });

  it('work behind a pooler in transaction mode, together with transactions', async function () {
    this.timeout(60_000);
    const pooler = await startPgBouncer(database.url);
    const pooled = openPostgres({
      url: pooler.url,
      poolSize: 4,
      applicationName: 'pooled',
      isBehindPooler: true,
    });
    try {
      await pooled.query(insert(5));
      const work = range(40).map((id) =>
        id % 4 === 0
          ? pooled.transaction(async (tx) => {
              await tx.execute(log(id));
              await tx.query(insert(id + 100));
            })
          : pooled.query(insert(id)),
      );
      const outcomes = await Promise.allSettled(work);
      // Number 5 is a duplicate.
      expect(outcomes.filter(({ status }) => status === 'rejected')).to.have.length(1);
      expect(await count()).to.equal(1 + 29 + 20);
    } finally {
      await pooled.close();
      await pooler.stop();
    }
  });
});

async function errorOf(work: Promise<unknown>): Promise<Error> {
  try {
    await work;
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected a failure');
}
