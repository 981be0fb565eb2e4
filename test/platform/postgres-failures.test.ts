import { expect } from 'chai';

import { AppError } from '../../src/platform/app-error.ts';
import {
  type Database,
  openPostgres,
  type Postgres,
} from '../../src/platform/postgres/postgres.ts';
import { type Batch, sendBatch } from '../../src/platform/postgres/statement-batch.ts';
import { sql } from '../../src/platform/postgres/sql.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';

/** SQLSTATE of a row that a unique constraint refused. */
const UNIQUE_VIOLATION = '23505';

describe('Postgres after a refused statement', () => {
  let database: TestDatabase;
  let db: Postgres;

  before(async () => {
    database = await createTestDatabase();
    db = openPostgres({ url: database.url, poolSize: 4, applicationName: 'postgres-test' });
    await db.pool.query('create table things (id int primary key, note text)');
  });
  beforeEach(() => db.pool.query('truncate things'));
  after(async () => {
    await db.close();
    await database.drop();
  });

  const insert = (id: number) => ({
    name: 'things-insert',
    text: 'insert into things (id) values ($1) returning id',
    values: [id],
  });
  const ids = async () => {
    const rows = await db.query<{ id: number }>(sql`select id from things order by id`);
    return rows.map(({ id }) => id);
  };

  it('repeats a transaction that was ended by a deadlock', async () => {
    await db.query(insert(1));
    await db.query(insert(2));
    const both = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    const runs = [0, 0];
    const touch = (first: number, second: number, which: 0 | 1) =>
      db.transaction(async (tx) => {
        runs[which] = (runs[which] ?? 0) + 1;
        const lock = (id: number) =>
          tx.query({
            name: 'lock',
            text: 'select 1 from things where id = $1 for update',
            values: [id],
          });
        await lock(first);
        both[which]?.resolve(undefined);
        await both[1 - which]?.promise;
        await lock(second);
      });
    await Promise.all([touch(1, 2, 0), touch(2, 1, 1)]);
    expect(runs).to.have.members([1, 2]);
  });

  it('repeats a transaction that could not be serialized, and runs its callback once', async () => {
    await db.query(insert(1));
    let runs = 0;
    let callbacks = 0;
    const strict = openPostgres({ url: database.url, poolSize: 1, applicationName: 'strict' });
    await strict.pool.query(
      'set session characteristics as transaction isolation level repeatable read',
    );
    await strict.transaction(async (tx) => {
      runs += 1;
      tx.afterPossibleCommit(() => void (callbacks += 1));
      await tx.query({ name: 'read', text: 'select note from things' });
      if (runs === 1)
        await db.query({ name: 'meanwhile', text: `update things set note = 'other'` });
      await tx.query({
        name: 'write',
        text: `update things set note = coalesce(note, '') || ' and mine'`,
      });
    });
    await strict.close();
    const [row] = await db.query<{ note: string }>({
      name: 'note',
      text: 'select note from things',
    });
    expect({ runs, callbacks, note: row?.note }).to.deep.equal({
      runs: 2,
      callbacks: 1,
      note: 'other and mine',
    });
  });

  it('runs the callback after a commit whose response was lost and whose outcome is unknown', async () => {
    // Without a second connection the outcome cannot be queried.
    const single = openPostgres({ url: database.url, poolSize: 1, applicationName: 'single' });
    const client = await single.pool.connect();
    const { query } = client;
    const lose = (...input: unknown[]): unknown => {
      const [batch] = input as readonly Batch[];
      if (batch?.statements.at(-1)?.text !== 'commit') {
        return (query as (...values: unknown[]) => unknown).apply(client, input);
      }
      const { ended } = sendBatch({ query: query.bind(client) }, batch.statements);
      const lost = new Error('Connection terminated unexpectedly');
      return ended.then(() => batch.handleError(lost));
    };
    client.query = lose as typeof client.query;
    client.release();
    const callbacks: boolean[] = [];
    const outcome = await single
      .transaction(async (tx) => {
        tx.afterPossibleCommit((isCommitted) => void callbacks.push(isCommitted));
        await tx.query(insert(7));
      })
      .catch((error: unknown) => error);
    client.query = query;
    await single.close();
    expect(outcome).to.include({ code: 'database_unavailable' });
    const rows = await db.query({ name: 'lost', text: 'select 1 from things where id = 7' });
    expect([callbacks, rows.length]).to.deep.equal([[false], 1]);
  });

  for (const state of ['40001', '40P01']) {
    it(`is unavailable after four attempts that fail with ${state}`, async () => {
      let runs = 0;
      const error = await db
        .transaction(async (tx) => {
          runs += 1;
          // A caught failure of one statement does not hide the conflict.
          await raise(tx, state).catch(() => undefined);
        })
        .catch((failure: unknown) => failure);
      expectOutage(error);
      expect(runs).to.equal(4);
    });
  }

  const states: readonly [string, 'an outage' | 'a change in progress' | 'a defect'][] = [
    ['08006', 'an outage'],
    ['0A000', 'an outage'],
    ['22P02', 'a defect'],
    ['23503', 'a defect'],
    ['25006', 'an outage'],
    ['25P02', 'an outage'],
    ['28P01', 'an outage'],
    ['3D000', 'an outage'],
    ['42P01', 'a defect'],
    ['42501', 'an outage'],
    ['53100', 'an outage'],
    ['55000', 'an outage'],
    ['55P03', 'a change in progress'],
    ['57P01', 'an outage'],
    ['58030', 'an outage'],
    ['XX001', 'an outage'],
    ['ZZZZZ', 'an outage'],
    ['P0001', 'a defect'],
  ];
  for (const [state, kind] of states) {
    it(`reports ${state} as ${kind}`, async () => {
      const error = await raise(db, state).catch((failure: unknown) => failure);
      if (kind === 'an outage') expectOutage(error);
      else if (kind === 'a change in progress')
        expect(error).to.include({ kind: 'unavailable', code: 'change_in_progress' });
      else expect(error).to.have.property('code', state);
    });
  }

  it('reports a value that cannot be serialized as a defect', async () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const error = await db
      .query({ name: 'circular', text: 'select $1::jsonb', values: [circular] })
      .catch((failure: unknown) => failure);
    expect(error).to.be.instanceOf(TypeError);
  });

  it('fails a transaction with a failed statement, although the caller continued', async () => {
    await db.query(insert(1));
    const error = await db
      .transaction(async (tx) => {
        await tx.query(insert(2));
        await tx.query(insert(1)).catch(() => undefined);
      })
      .catch((failure: unknown) => failure);
    expect(error).to.have.property('code', UNIQUE_VIOLATION);
    expect(await ids()).to.deep.equal([1]);
  });
});

/** Makes the server fail with any SQLSTATE, as with a broken disk or behind a pooler. */
function raise(db: Database, state: string): Promise<unknown[]> {
  return db.query({
    name: '',
    text: `do $$ begin raise exception 'made up' using errcode = '${state}'; end $$`,
  });
}

function expectOutage(error: unknown): void {
  expect(error).to.be.instanceOf(AppError);
  expect(error).to.include({ kind: 'unavailable', code: 'database_unavailable' });
  expect((error as AppError).retryAfterSeconds).to.be.greaterThan(0);
}
