import fs from 'node:fs';

import { expect } from 'chai';
import pg from 'pg';

import { migrate, requireMigrated } from '../../src/cli/database.ts';
import type { AppError } from '../../src/platform/app-error.ts';
import { migrateDown, migrateUp, migrationStatus } from '../../src/platform/postgres/migrations.ts';
import { createEmptyDatabase, type TestDatabase } from '../support/servers/database.ts';

describe('Migrations', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await createEmptyDatabase();
  });

  afterEach(() => database.drop());

  it('can be applied, undone and applied again', async () => {
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

  it('run after a process was killed during a migration', async () => {
    await migrateUp(database.url);
    await query(database.url, 'update knex_migrations_lock set is_locked = 1');
    expect(await migrateUp(database.url)).to.deep.equal([]);
  });

  it('are applied without a failure when fourteen nodes start concurrently on an empty database', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 14 }, async () => {
        await migrate(database.url, () => undefined);
        return migrationStatus(database.url);
      }),
    );
    for (const outcome of outcomes) {
      expect(outcome.status === 'rejected' ? String(outcome.reason) : '').to.equal('');
    }
  });

  it('can be listed concurrently without a change of the database', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 14 }, () => migrationStatus(database.url)),
    );
    expect(statuses.map(({ applied }) => applied.length)).to.deep.equal(Array(14).fill(0));
    expect(
      await query(database.url, "select 1 from pg_class where relname like 'knex%'"),
    ).to.deep.equal([]);
  });

  it('of a later version that only add cause a warning and are not undone', async () => {
    await migrateUp(database.url);
    await pretendLater(database.url, '29990101000000_add_something.ts');
    const warnings: string[] = [];
    await requireMigrated(database.url, (line) => warnings.push(line));
    await migrate(database.url, (line) => warnings.push(line));
    expect(warnings).to.deep.equal(Array(2).fill(warnings[0]));
    expect(warnings[0])
      .to.include('newer than this version by 1 migrations')
      .and.include('29990101');
    expect((await migrationStatus(database.url)).unknown).to.have.length(1);
    const refusal: unknown = await migrateDown(database.url).catch((error: unknown) => error);
    expect(refusal).to.have.property('code', 'schema_newer');
  });

  it('of a later version that removed something stop an older version with one sentence', async () => {
    await migrateUp(database.url);
    await pretendLater(database.url, '29990101000000_drop_something.ts');
    const add = (oldest: string) =>
      query(
        database.url,
        `insert into schema_requirements values ('29990101000000_drop_something.ts', '${oldest}')
         on conflict (migration) do update set oldest_migration = excluded.oldest_migration`,
      );
    // This version has that migration, so it continues.
    await add('20261130121600_create_schema_requirements.ts');
    await requireMigrated(database.url, () => undefined);
    await add('29981231000000_stop_using_something.ts');
    const refusal: unknown = await requireMigrated(database.url, () => undefined).catch(
      (error: unknown) => error,
    );
    expect(refusal).to.include({ code: 'schema_incompatible' });
    expect((refusal as AppError).detail).to.match(
      /^The schema was changed by a later version: .+ have 29981231000000_stop_using_something\.ts\. Start such a version\.$/,
    );
  });

  it('that remove something record the oldest compatible version', () => {
    const folder = new URL('../../migrations/', import.meta.url);
    const later = fs.readdirSync(folder).filter((name) => name > FIRST_WITH_REQUIREMENTS);
    for (const name of later) {
      const text = fs.readFileSync(new URL(name, folder), 'utf8');
      const up = text.slice(0, text.indexOf('function down'));
      if (!REMOVES.test(up)) continue;
      expect(up, name).to.include('insert into schema_requirements').and.include(`'${name}'`);
    }
  });

  it('that remove something are recognized by this test', () => {
    for (const statement of [
      'alter table a drop column b',
      'drop table a',
      'alter table a rename column b to c',
      'alter table a alter column b set not null',
      'alter table a alter column b type bigint',
      'alter table a add column b text not null,',
    ])
      expect(REMOVES.test(statement), statement).to.equal(true);
    for (const statement of [
      'create table a (b text not null)',
      'alter table a add column b text',
      "alter table a add column b text not null default ''",
      'drop index a',
    ])
      expect(REMOVES.test(statement), statement).to.equal(false);
  });

  it('have a status that lists pending ones', async () => {
    expect((await migrationStatus(database.url)).applied).to.deep.equal([]);
    await migrateUp(database.url);
    expect((await migrationStatus(database.url)).pending).to.deep.equal([]);
  });
});

const FIRST_WITH_REQUIREMENTS = '20261130121600_create_schema_requirements.ts';
/** Statements after which SQL of an older version can fail. */
const REMOVES =
  /\bdrop (?:table|column|view|function)\b|\brename\b|\bset not null\b|\balter column \w+ type\b|\badd column (?:(?!\bdefault\b)[^;,])*\bnot null\b(?![^;,]*\bdefault\b)/i;

/** Records a migration as if a later version had applied it. */
async function pretendLater(url: string, name: string): Promise<void> {
  await query(
    url,
    `insert into knex_migrations (name, batch, migration_time) values ('${name}', 99, now())`,
  );
}

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
