import { setTimeout as sleep } from 'node:timers/promises';

import { expect } from 'chai';
import type pg from 'pg';

import {
  type Database,
  openPostgres,
  type Postgres,
} from '../../src/platform/postgres/postgres.ts';
import { sql } from '../../src/platform/postgres/sql.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { waitFor } from '../support/wait-for.ts';
import { countSocketWrites, type SocketWrites } from '../support/measurement/socket-writes.ts';
import { type CuttableProxy, openCuttableProxy } from './cuttable-proxy.ts';

/** SQLSTATE of a row that a unique constraint refused. */
const UNIQUE_VIOLATION = '23505';

describe('A transaction', () => {
  let database: TestDatabase;
  let proxy: CuttableProxy;
  let db: Postgres;
  let writes: SocketWrites;

  before(async () => {
    database = await createTestDatabase();
    const direct = openPostgres({ url: database.url, poolSize: 1, applicationName: 'test' });
    await direct.pool.query(`
      create table things (id int primary key, note text);
      create function wait_at_commit() returns trigger language plpgsql as
        $$ begin perform pg_sleep(0.2); return null; end $$;
      create constraint trigger wait_at_commit after insert on things
        deferrable initially deferred for each row when (new.note = 'slow commit')
        execute function wait_at_commit()`);
    await direct.close();
  });
  beforeEach(async () => {
    proxy = await openCuttableProxy(database.url);
    db = openPostgres({ url: proxy.url, poolSize: 4, applicationName: 'test' });
    writes = countSocketWrites(db);
    await db.query(sql`truncate things`);
    // Opens an older connection than that of the transaction.
    await Promise.all([db.ping(), db.transaction((tx) => tx.query(sql`select 1`))]);
  });
  afterEach(async () => {
    await db.close();
    await proxy.close();
  });
  after(() => database.drop());

  const insert = (id: number, note = '') =>
    sql`insert into things (id, note) values (${id}, ${note}) returning things.id`;
  const ids = async (): Promise<number[]> => {
    const rows = await db.query<{ id: number }>(
      sql`select things.id from things order by things.id`,
    );
    return rows.map(({ id }) => id);
  };
  /** Connections that are at work, or in a transaction, beside the one that counts. */
  const countRunning = async (): Promise<number> => {
    const [row] = await db.query<{ count: number }>(sql`select count(*)::int as count
      from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'`);
    return row?.count ?? -1;
  };
  const writesOf = async (work: (tx: Database) => Promise<unknown>): Promise<number> => {
    const before = writes.count();
    await db.transaction(work);
    return writes.count() - before;
  };

  it('without statements sends nothing', async () => {
    let isCalledBack = false;
    const sent = await writesOf(async (tx) => {
      tx.afterPossibleCommit((isCommitted) => (isCalledBack = isCommitted));
      await Promise.resolve();
    });
    expect({ sent, isCalledBack }).to.deep.equal({ sent: 0, isCalledBack: true });
  });

  it('that returns its only statement takes one write', async () => {
    expect(await writesOf((tx) => tx.query(insert(1)))).to.equal(1);
    expect(await db.transaction((tx) => tx.query(insert(2)))).to.deep.equal([{ id: 2 }]);
    expect(await ids()).to.deep.equal([1, 2]);
  });

  it('of statements without results takes one write', async () => {
    const sent = await writesOf(async (tx) => {
      await tx.execute(insert(1));
      await tx.execute(insert(2));
      await tx.execute(insert(3));
    });
    expect(sent).to.equal(1);
    expect(await ids()).to.deep.equal([1, 2, 3]);
  });

  it('takes one write for each awaited query, and one for the commit', async () => {
    const sent = await writesOf(async (tx) => {
      await tx.query(insert(1));
      await tx.execute(insert(2));
      await tx.query(insert(3));
      await tx.execute(insert(4));
    });
    expect(sent).to.equal(3);
    expect(await ids()).to.deep.equal([1, 2, 3, 4]);
  });

  it('sends concurrent queries in one write, in their order', async () => {
    const rows: unknown[] = [];
    const sent = await writesOf(async (tx) => {
      rows.push(...(await Promise.all([1, 2, 3].map((id) => tx.query(insert(id))))));
    });
    expect(sent).to.equal(2);
    expect(rows).to.deep.equal([[{ id: 1 }], [{ id: 2 }], [{ id: 3 }]]);
  });

  it('runs statements in call order, each with the results of earlier ones', async () => {
    const found = await db.transaction(async (tx) => {
      await tx.execute(insert(1, 'first'));
      const [row] = await tx.query<{ note: string }>(sql`select things.note from things`);
      await tx.execute(sql`update things set note = 'second'`);
      await tx.execute(sql`update things set note = things.note || ' and third'`);
      return row?.note;
    });
    const [row] = await db.query<{ note: string }>(sql`select things.note from things`);
    expect([found, row?.note]).to.deep.equal(['first', 'second and third']);
  });

  it('fails and changes nothing when a statement without results fails', async () => {
    await db.query(insert(1));
    const failure = await errorOf(
      db.transaction(async (tx) => {
        await tx.execute(insert(2));
        await tx.execute(insert(1));
        await tx.execute(insert(3));
      }),
    );
    expect(failure).to.have.property('code', UNIQUE_VIOLATION);
    expect(await ids()).to.deep.equal([1]);
  });

  it('reports the failure of an earlier statement to the next query', async () => {
    await db.query(insert(1));
    let reported: unknown;
    const failure = await errorOf(
      db.transaction(async (tx) => {
        await tx.execute(insert(1));
        reported = await errorOf(tx.query(sql`select 1`));
      }),
    );
    expect(reported).to.have.property('code', UNIQUE_VIOLATION);
    expect(failure).to.equal(reported);
  });

  it('releases a clean connection when the work fails before the first statement is sent', async () => {
    const before = writes.count();
    const failure = await errorOf(
      db.transaction(async (tx) => {
        await tx.execute(insert(1));
        throw new Error('changed my mind');
      }),
    );
    expect(failure.message).to.equal('changed my mind');
    expect(writes.count() - before).to.equal(0);
    expect(await ids()).to.deep.equal([]);
  });

  it('refuses statements after its end', async () => {
    let kept: Database | undefined;
    await db.transaction(async (tx) => {
      kept = tx;
      await tx.query(insert(1));
    });
    const failure = await errorOf((kept as Database).query(insert(2)));
    expect(failure.message).to.include('has ended');
    expect(await ids()).to.deep.equal([1]);
  });

  it('in one write is detected as committed when the response to the commit is lost', async () => {
    proxy.loseAnswerTo('slow commit', 1);
    const rows = await db.transaction((tx) => tx.query(insert(1, 'slow commit')));
    expect(rows).to.deep.equal([{ id: 1 }]);
    expect(await ids()).to.deep.equal([1]);
  });

  it('is found committed when the connection that was used last is newer than it', async () => {
    proxy.loseAnswerTo('slow commit', 1);
    const rows = await db.transaction(async (tx) => {
      await tx.query(sql`select 1`);
      const others: pg.PoolClient[] = [];
      // The last one of them is opened now.
      while (db.pool.totalCount < 4 || db.pool.idleCount > 0) others.push(await db.pool.connect());
      for (const other of others) other.release();
      return tx.query(insert(1, 'slow commit'));
    });
    expect(rows).to.deep.equal([{ id: 1 }]);
  });

  it('of statements without results is detected as committed when the response to the commit is lost', async () => {
    proxy.loseAnswerTo('slow commit', 1);
    await db.transaction(async (tx) => {
      await tx.execute(insert(1, 'slow commit'));
      await tx.execute(insert(2));
    });
    expect(await ids()).to.deep.equal([1, 2]);
  });

  it('is not committed after its caller was refused, when its statements wait for locks', async function () {
    this.timeout(30_000);
    await db.query(insert(1));
    await db.query(insert(2));
    const hold = (id: number, seconds: number) => {
      const { promise: locked, resolve } = Promise.withResolvers<undefined>();
      const ended = db.transaction(async (tx) => {
        await tx.query(sql`select 1 from things where things.id = ${id} for update`);
        resolve(undefined);
        await sleep(seconds * 1_000);
      });
      return { locked, ended };
    };
    const touch = (id: number) =>
      sql`update things set note = 'touched' where things.id = ${id} returning 1`;
    const touched = async () => {
      const rows = await db.query(sql`select 1 from things where things.note = 'touched'`);
      return rows.length;
    };
    // Each of the two waits is shorter than its own limit.
    const holding = [hold(1, 2.4), hold(2, 5.1)];
    await Promise.all(holding.map(({ locked }) => locked));
    const failure = await errorOf(
      db.transaction(async (tx) => {
        await tx.execute(touch(1));
        await tx.execute(touch(2));
      }),
    );
    expect(failure).to.include({ kind: 'unavailable', code: 'database_unavailable' });
    await Promise.all(holding.map(({ ended }) => ended));
    await waitFor('no statement is under way', async () => (await countRunning()) === 0);
    expect(await touched()).to.equal(0);
    await db.transaction(async (tx) => {
      await tx.execute(touch(1));
      await tx.execute(touch(2));
    });
    expect(await touched()).to.equal(2);
  });

  it('that waited before has the whole time for its commit', async function () {
    this.timeout(15_000);
    await db.transaction(async (tx) => {
      await tx.query(insert(1));
      await tx.query(sql`select pg_sleep(2.5)`);
      await tx.query(sql`select pg_sleep(2)`);
      await tx.execute(insert(2));
      await tx.execute(insert(3));
    });
    expect(await ids()).to.deep.equal([1, 2, 3]);
  });

  it('is unavailable, and done at most once, when there is no response', async () => {
    proxy.loseAnswerTo('insert into things');
    const failure = await errorOf(db.transaction((tx) => tx.query(insert(1))));
    expect(failure).to.include({ kind: 'unavailable', code: 'database_unavailable' });
    expect((await ids()).length).to.be.at.most(1);
    proxy.loseAnswerTo('insert into things');
    await errorOf(
      db.transaction(async (tx) => {
        await tx.query(insert(2));
        await tx.query(insert(3));
      }),
    );
    expect(await ids()).not.to.include(2);
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
