import { fileURLToPath } from 'node:url';

import knexFactory, { type Knex } from 'knex';
import pg from 'pg';

import { withSessionSettings } from './postgres-session.ts';
import { DROP_JOB_TABLES, installJobTables } from './jobs.ts';

const FOLDER = fileURLToPath(new URL('../../migrations', import.meta.url));

// Any fixed number will do, as long as nothing else in the database takes the same advisory lock.
const LOCK_KEY = 7_264_001;

/** Which migrations a database has and lacks, by file name, oldest first. */
export interface MigrationStatus {
  readonly applied: readonly string[];
  readonly pending: readonly string[];
}

/**
 * Brings the schema to the newest version. Several nodes may call it at once: one works, the others wait.
 * @returns the file names that were applied now.
 */
export async function migrateUp(url: string): Promise<readonly string[]> {
  return withLock(url, async (knex) => {
    // A process killed in the middle leaves knex's own flag set for ever; the advisory lock above is the real one.
    await knex.migrate.forceFreeMigrationsLock();
    const [, names] = (await knex.migrate.latest()) as [number, string[]];
    await installJobTables(url);
    return names;
  });
}

/** Undoes every migration, newest first. All data are lost. @returns the file names that were undone. */
export async function migrateDown(url: string): Promise<readonly string[]> {
  return withLock(url, async (knex) => {
    await knex.migrate.forceFreeMigrationsLock();
    await knex.raw(DROP_JOB_TABLES);
    const [, names] = (await knex.migrate.rollback(undefined, true)) as [number, string[]];
    return names;
  });
}

/** Reads the state of the schema. Creates knex's bookkeeping tables in an empty database. */
export async function migrationStatus(url: string): Promise<MigrationStatus> {
  return withKnex(url, async (knex) => {
    const [applied, pending] = (await knex.migrate.list()) as [
      { name: string }[],
      { file: string }[],
    ];
    return { applied: applied.map(({ name }) => name), pending: pending.map(({ file }) => file) };
  });
}

async function withLock<T>(url: string, work: (knex: Knex) => Promise<T>): Promise<T> {
  const holder = new pg.Client({ connectionString: url, application_name: 'consentry-migrate' });
  await holder.connect();
  try {
    // The lock belongs to this connection: it is gone when the process is, however that ends.
    await holder.query('select pg_advisory_lock($1)', [LOCK_KEY]);
    return await withKnex(url, work);
  } finally {
    await holder.end();
  }
}

async function withKnex<T>(url: string, work: (knex: Knex) => Promise<T>): Promise<T> {
  const knex = knexFactory({
    client: 'pg',
    connection: withSessionSettings(url),
    pool: { min: 0, max: 1 },
    migrations: { directory: FOLDER, loadExtensions: ['.ts'] },
  });
  try {
    return await work(knex);
  } finally {
    await knex.destroy();
  }
}
