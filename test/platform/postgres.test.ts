import { expect } from 'chai';

import pg from 'pg';

import { AppError } from '../../src/platform/app-error.ts';
import { openPostgres, type Postgres } from '../../src/platform/postgres/postgres.ts';
import { sql } from '../../src/platform/postgres/sql.ts';
import { withSessionSettings } from '../../src/platform/postgres/postgres-session.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { COMMIT, openCuttableProxy, type CuttableProxy } from './cuttable-proxy.ts';

const applicationName = 'postgres-test';

/** SQLSTATE of a row that a unique constraint refused. */
const UNIQUE_VIOLATION = '23505';

describe('Postgres', () => {
  let database: TestDatabase;
  let proxy: CuttableProxy;
  let db: Postgres;

  before(async () => {
    database = await createTestDatabase();
    const direct = openPostgres({ url: database.url, poolSize: 1, applicationName });
    await direct.pool.query('create table things (id int primary key, note text)');
    await direct.close();
  });
  beforeEach(async () => {
    proxy = await openCuttableProxy(database.url);
    db = openPostgres({ url: proxy.url, poolSize: 4, applicationName });
    await db.pool.query('truncate things');
  });
  afterEach(async () => {
    proxy.restore();
    await db.close();
    await proxy.close();
  });
  after(() => database.drop());

  const insert = (id: number) => ({
    name: 'things-insert',
    text: 'insert into things (id) values ($1) returning id',
    values: [id],
  });
  const ids = async () => {
    const rows = await db.query<{ id: number }>(sql`select id from things order by id`);
    return rows.map(({ id }) => id);
  };
  /** As the pool does on its own while a test runs. */
  const beginOtherSession = async () => {
    const other = openPostgres({ url: proxy.url, poolSize: 1, applicationName });
    await other.ping().catch((cause: unknown) => {
      throw new Error('the other session failed', { cause });
    });
    await other.close();
  };

  it('returns types as documented', async () => {
    const [row] = await db.query<Record<string, unknown>>({
      name: 'types',
      text: `select '\\x0102'::bytea as bytes, timestamptz '2026-01-20T12:00:00Z' as moment, 5::int8 as big,
               '{"a":[1]}'::json as json, null::text as nothing`,
    });
    expect(row).to.deep.equal({
      bytes: Buffer.from([1, 2]),
      moment: new Date('2026-01-20T12:00:00Z'),
      big: '5',
      json: { a: [1] },
      nothing: null,
    });
  });

  it('detects that a transaction was committed when the response to the commit is lost', async () => {
    await openTwoConnections(db);
    let callbacks = 0;
    const result = await db.transaction(async (tx) => {
      tx.afterPossibleCommit(() => void (callbacks += 1));
      proxy.loseAnswerTo(COMMIT);
      await beginOtherSession();
      return tx.query(insert(1));
    });
    expect({ result, callbacks, ids: await ids() }).to.deep.equal({
      result: [{ id: 1 }],
      callbacks: 1,
      ids: [1],
    });
  });

  it('is unavailable when the response to the commit is lost and no older connection is left', async () => {
    const single = openPostgres({ url: proxy.url, poolSize: 1, applicationName });
    const error = await single
      .transaction(async (tx) => {
        proxy.loseAnswerTo(COMMIT);
        await beginOtherSession();
        return tx.query(insert(1));
      })
      .catch((failure: unknown) => failure);
    expect(error).to.include({ kind: 'unavailable', code: 'database_unavailable' });
    await single.close();
  });

  it('is unavailable when the connection was lost before the commit arrived', async () => {
    await openTwoConnections(db);
    const error = await db
      .transaction(async (tx) => {
        await tx.query(insert(1));
        const [row] = await tx.query<{ pid: number }>({
          name: 'pid',
          text: 'select pg_backend_pid() as pid',
        });
        await db.pool.query('select pg_terminate_backend($1)', [row?.pid]);
      })
      .catch((failure: unknown) => failure);
    expect(error).to.include({ kind: 'unavailable', code: 'database_unavailable' });
    expect(await ids()).to.deep.equal([]);
  });

  it('depends on no setting of the database', async () => {
    const odd = {
      timezone: 'Europe/Berlin',
      datestyle: 'SQL, DMY',
      intervalstyle: 'sql_standard',
      search_path: 'pg_temp',
      bytea_output: 'escape',
      default_transaction_isolation: 'serializable',
      transform_null_equals: 'on',
      array_nulls: 'off',
      extra_float_digits: '-15',
      idle_session_timeout: '1h',
    };
    for (const [name, value] of Object.entries(odd)) {
      await db.query({
        name: '',
        text: `alter database "${new URL(database.url).pathname.slice(1)}" set ${name} = '${value}'`,
      });
    }
    const fresh = openPostgres({ url: database.url, poolSize: 1, applicationName });
    const viaParameters = new pg.Client({ connectionString: withSessionSettings(database.url) });
    await viaParameters.connect();
    try {
      const names = Object.keys(odd).map((name) => `'${name}', current_setting('${name}')`);
      const text = `select json_build_object(${names.join(', ')}) as settings`;
      const expected = {
        timezone: 'UTC',
        datestyle: 'ISO, MDY',
        intervalstyle: 'postgres',
        search_path: 'public',
        bytea_output: 'hex',
        default_transaction_isolation: 'read committed',
        transform_null_equals: 'off',
        array_nulls: 'on',
        extra_float_digits: '1',
        idle_session_timeout: '0',
      };
      const [row] = await fresh.query<{ settings: unknown }>({ name: 'settings', text });
      expect(row?.settings).to.deep.equal(expected);
      const { rows } = await viaParameters.query<{ settings: unknown }>(text);
      expect(rows[0]?.settings).to.deep.equal(expected);
    } finally {
      await viaParameters.end();
      await fresh.close();
    }
  });

  it('prepares a statement once per connection', async () => {
    await db.transaction(async (tx) => {
      await tx.query(insert(1));
      await tx.query(insert(2));
      const prepared = await tx.query<{ name: string }>({
        name: 'prepared',
        text: `select name from pg_prepared_statements where name = 'things-insert'`,
      });
      expect(prepared).to.have.length(1);
    });
  });

  it('commits a transaction completely or not at all', async () => {
    await db.transaction(async (tx) => {
      await tx.query(insert(1));
    });
    const failure = new Error('changed my mind');
    const outcome = await db
      .transaction(async (tx) => {
        await tx.query(insert(2));
        throw failure;
      })
      .catch((error: unknown) => error);
    expect(outcome).to.equal(failure);
    expect(await ids()).to.deep.equal([1]);
  });

  it('joins a transaction inside a transaction', async () => {
    await db
      .transaction(async (tx) => {
        await tx.transaction(async (inner) => {
          await inner.query(insert(1));
        });
        throw new Error('changed my mind');
      })
      .catch(() => undefined);
    expect(await ids()).to.deep.equal([]);
  });

  it('releases the connection after a failed transaction', async () => {
    for (let round = 0; round < 10; round += 1) {
      await db
        .transaction((tx) => tx.query({ name: 'broken', text: 'select no_such_column' }))
        .catch(() => undefined);
    }
    await db.ping();
  });

  it('distinguishes a duplicate from other failures', async () => {
    await db.query(insert(1));
    const error = await db.query(insert(1)).catch((failure: unknown) => failure);
    expect(error).to.have.property('code', UNIQUE_VIOLATION);
    expect(error).not.to.be.instanceOf(AppError);
  });

  const outages: readonly [string, () => Promise<unknown>][] = [
    ['a query', () => db.query(insert(1))],
    ['a transaction', () => db.transaction((tx) => tx.query(insert(1)))],
    ['a ping', () => db.ping()],
  ];
  for (const [what, attempt] of outages) {
    it(`is unavailable with a retry time when ${what} reaches no server`, async () => {
      proxy.cut();
      expectOutage(await attempt().catch((error: unknown) => error));
    });
  }

  it('is unavailable when the server stops during a transaction', async () => {
    const error = await db
      .transaction(async (tx) => {
        await tx.query(insert(1));
        proxy.cut();
        await tx.query(insert(2));
      })
      .catch((failure: unknown) => failure);
    expectOutage(error);
    proxy.restore();
    expect(await ids()).to.deep.equal([]);
  });

  it('is unavailable within 6 s when the server does not respond', async function () {
    this.timeout(15_000);
    await db.ping();
    proxy.freeze();
    const startedAt = performance.now();
    expectOutage(await db.ping().catch((error: unknown) => error));
    expect(performance.now() - startedAt).to.be.lessThan(6_000);
  });

  it('reconnects when the server is back', async () => {
    await db.ping();
    proxy.cut();
    await db.ping().catch(() => undefined);
    proxy.restore();
    await db.ping();
  });

  it('limits the wait for a lock', async function () {
    this.timeout(15_000);
    await db.query(insert(1));
    await db.transaction(async (tx) => {
      await tx.query({ name: 'hold', text: 'select 1 from things for update' });
      const waiting = db.query({ name: 'wait', text: 'update things set note = null' });
      const error = await waiting.catch((failure: unknown) => failure);
      expect(error).to.include({ kind: 'unavailable', code: 'change_in_progress' });
    });
  });
});

async function openTwoConnections(db: Postgres): Promise<void> {
  const text = 'select 1';
  await Promise.all([db.ping(), db.transaction((tx) => tx.query({ name: 'one', text }))]);
  expect(db.pool.totalCount).to.be.at.least(2);
}

function expectOutage(error: unknown): void {
  expect(error).to.be.instanceOf(AppError);
  expect(error).to.include({ kind: 'unavailable', code: 'database_unavailable' });
  expect((error as AppError).retryAfterSeconds).to.be.greaterThan(0);
}
