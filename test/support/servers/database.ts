import crypto from 'node:crypto';

import pg from 'pg';

/** A migrated database for one test. */
export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** Copies the template of the run: migrated, with signing keys and job queues. Drop it in an `after` hook. */
export async function createTestDatabase(): Promise<TestDatabase> {
  return createDatabase(`template "${required('CONSENTRY_TEST_TEMPLATE')}" strategy file_copy`);
}

/** Creates a database without tables. `options` are those of `create database`. */
export async function createEmptyDatabase(options = ''): Promise<TestDatabase> {
  return createDatabase(options);
}

async function createDatabase(options: string): Promise<TestDatabase> {
  const name = `test_${crypto.randomBytes(8).toString('hex')}`;
  // A copy fails while another session copies the same template, so workers take turns.
  await runAsAdministrator([
    'select pg_advisory_lock(7264002)',
    `create database "${name}" ${options}`,
  ]);
  const url = new URL(required('CONSENTRY_TEST_DATABASE'));
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () => runAsAdministrator([`drop database if exists "${name}" with (force)`]),
  };
}

async function runAsAdministrator(statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: required('CONSENTRY_TEST_DATABASE') });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined)
    throw new Error(`${name} is not set: run the tests with mocha from the project folder`);
  return value;
}
