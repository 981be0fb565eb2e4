import { expect } from 'chai';

import { openPostgres, type Postgres } from '../../src/platform/postgres/postgres.ts';
import { sql } from '../../src/platform/postgres/sql.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';

describe('An error of the driver while it writes', () => {
  let database: TestDatabase;
  let db: Postgres;

  before(async () => {
    database = await createTestDatabase();
    db = openPostgres({ url: database.url, poolSize: 3, applicationName: 'test' });
    await db.pool.query('create table things (id int primary key)');
  });
  after(async () => {
    await db.close();
    await database.drop();
  });

  const insert = (id: number) => sql`insert into things (id) values (${id})`;

  it('rejects the statements of the write, and no later ones', async () => {
    const unwritable = { name: 'unwritable', text: 42 as unknown as string };
    for (const statements of [[unwritable], [insert(8), unwritable, insert(9)]]) {
      const outcomes = await Promise.allSettled(statements.map((one) => db.query(one)));
      for (const outcome of outcomes) {
        expect((outcome as PromiseRejectedResult).reason).to.be.instanceOf(TypeError);
      }
      expect(outcomes).to.have.length(statements.length);
    }
    const failure = await db
      .transaction((tx) => tx.query(unwritable))
      .catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(TypeError);
    await Promise.all([
      db.query(insert(1)),
      db.query(insert(3)),
      db.transaction((tx) => tx.query(insert(2))),
    ]);
    const rows = await db.query(sql`select things.id from things order by things.id`);
    expect(rows).to.deep.equal([{ id: 1 }, { id: 2 }, { id: 3 }]);
  });
});
