import { expect } from 'chai';
import type pg from 'pg';

import { openPostgres, type Postgres } from '../../src/platform/postgres/postgres.ts';
import { sql } from '../../src/platform/postgres/sql.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { waitFor } from '../support/wait-for.ts';
import { openCuttableProxy } from './cuttable-proxy.ts';

describe('A session at PostgreSQL', () => {
  let database: TestDatabase;
  let db: Postgres;

  before(async () => {
    database = await createTestDatabase();
    db = openPostgres({ url: database.url, poolSize: 4, applicationName: 'session-test' });
    await db.pool.query('create table session_rows (id int primary key)');
  });
  after(async () => {
    await db.close();
    await database.drop();
  });

  it('ends, with its statement, when its client is gone', async () => {
    const client = await db.pool.connect();
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    const pid = rows[0]?.pid ?? 0;
    const stateOf = async (): Promise<string | undefined> => {
      const [row] = await db.query<{ state: string }>(
        sql`select state from pg_stat_activity where pid = ${pid} and query like 'insert%'`,
      );
      return row?.state;
    };
    const writing = client
      .query('insert into session_rows (id) select 1 from pg_sleep(3)')
      .catch((error: unknown) => error);
    await waitFor('the statement', async () => (await stateOf()) === 'active', 10_000);

    socketOf(client).destroy();
    expect(await writing).to.be.instanceOf(Error);
    client.release(true);

    await waitFor('the end of the session', async () => (await stateOf()) === undefined, 10_000);
    expect(await db.query(sql`select id from session_rows`)).to.deep.equal([]);
  });

  it('works at a server that cannot check its clients', async () => {
    const proxy = await openCuttableProxy(database.url);
    proxy.replaceInRequests('client_connection_check_interval', 'client_connection_check_unknown_');
    const there = openPostgres({ url: proxy.url, poolSize: 1, applicationName: 'session-test' });
    const read = sql`select setting as checked, current_setting('TimeZone') as zone
      from pg_settings where name like 'client_connection_check%'`;
    try {
      expect(await there.query(read)).to.deep.equal([{ checked: '0', zone: 'UTC' }]);
    } finally {
      await there.close();
      await proxy.close();
    }
    expect(await db.query(read)).to.deep.equal([{ checked: '500', zone: 'UTC' }]);
  });
});

/** The driver does not declare its connection. */
function socketOf(client: pg.PoolClient): { destroy(): void } {
  return (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream;
}
