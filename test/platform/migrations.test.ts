import { expect } from 'chai';
import pg from 'pg';

import { migrateDown, migrateUp, migrationStatus } from '../../src/platform/migrations.ts';
import { createEmptyDatabase, type TestDatabase } from '../support/database.ts';

describe('migrations', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await createEmptyDatabase();
  });

  afterEach(() => database.drop());

  it('go up, down and up again', async () => {
    const first = await migrateUp(database.url);
    const before = await describeSchema(database.url);
    expect(await migrateDown(database.url)).to.have.length(first.length);
    expect(await describeSchema(database.url)).to.deep.equal([]);
    expect(await migrateUp(database.url)).to.deep.equal(first);
    expect(await describeSchema(database.url)).to.deep.equal(before);
  });

  it('are applied once when several nodes start together', async () => {
    const runs = await Promise.all([1, 2, 3].map(() => migrateUp(database.url)));
    expect(runs.filter((names) => names.length > 0)).to.have.length(1);
  });

  it('run again after a process was killed in the middle', async () => {
    await migrateUp(database.url);
    await query(database.url, 'update knex_migrations_lock set is_locked = 1');
    expect(await migrateUp(database.url)).to.deep.equal([]);
  });

  it('say what is pending', async () => {
    expect((await migrationStatus(database.url)).applied).to.deep.equal([]);
    await migrateUp(database.url);
    expect((await migrationStatus(database.url)).pending).to.deep.equal([]);
  });
});

async function describeSchema(url: string): Promise<readonly unknown[]> {
  return query(
    url,
    `select table_name, column_name, data_type, is_nullable, column_default
     from information_schema.columns
     where table_schema = 'public' and table_name not like 'knex_%'
     order by table_name, column_name`,
  );
}

async function query(url: string, statement: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query(statement);
    return rows;
  } finally {
    await client.end();
  }
}
