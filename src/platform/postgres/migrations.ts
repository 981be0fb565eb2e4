import fs from 'node:fs';
import { fileURLToPath } from 'node:url';

import type { Knex } from 'knex';
import type pg from 'pg';

import { AppError } from '../app-error.ts';
import { createClient, findWritable, withClient } from './postgres-client.ts';
import { withSessionSettings } from './postgres-session.ts';
import { DROP_JOB_TABLES, installJobTables } from '../jobs/jobs.ts';

const FOLDER = fileURLToPath(new URL('../../../migrations', import.meta.url));

// An arbitrary fixed number that no other advisory lock of the database uses.
const LOCK_KEY = 7_264_001;

/** Which migrations a database has and lacks, by file name, oldest first. */
interface MigrationStatus {
  readonly applied: readonly string[];
  readonly pending: readonly string[];
  /** Applied by a later version. */
  readonly unknown: readonly string[];
  /** Migrations of a later version that removed a part that this version uses. */
  readonly incompatible: readonly SchemaRequirement[];
}

/** After this migration only versions work that have the migration `oldestMigration`. */
interface SchemaRequirement {
  readonly migration: string;
  readonly oldestMigration: string;
}

/**
 * Brings the schema to the newest version. Several nodes may call it concurrently: one migrates, the others wait.
 * A schema that a later version has changed stays as it is.
 * @returns the file names that were applied now.
 */
export async function migrateUp(url: string): Promise<readonly string[]> {
  const migrating = withLock(url, async (knex) => {
    // The lock flag of knex would stay set after a killed process, so the advisory lock above is used instead.
    await knex.migrate.forceFreeMigrationsLock();
    const { unknown } = await migrationStatus(url);
    const [, names] = (await knex.migrate.latest()) as [number, string[]];
    if (unknown.length === 0) await installJobTables(url);
    return names;
  });
  return pastPooler(migrating);
}

/**
 * Undoes every migration, newest first. All data are lost. @returns the file names that were undone.
 * @throws AppError `schema_newer`: only the later version can undo its own.
 */
export async function migrateDown(url: string): Promise<readonly string[]> {
  return withLock(url, async (knex) => {
    const { unknown } = await migrationStatus(url);
    if (unknown.length > 0) {
      throw new AppError('conflict', 'schema_newer', {
        detail: `${String(unknown.length)} migrations were applied by a later version (first: ${unknown[0] ?? ''}). Undo them with that version.`,
      });
    }
    await knex.migrate.forceFreeMigrationsLock();
    await knex.raw(DROP_JOB_TABLES);
    const [, names] = (await knex.migrate.rollback(undefined, true)) as [number, string[]];
    return names;
  });
}

/** Reads the state of the schema and changes nothing, so that any number of nodes may do it at once. */
export async function migrationStatus(url: string): Promise<MigrationStatus> {
  return pastPooler(readStatus(url));
}

async function readStatus(url: string): Promise<MigrationStatus> {
  return withClient(withSessionSettings(url), {}, async (client) => {
    const known = fs
      .readdirSync(FOLDER)
      .filter((name) => name.endsWith('.ts'))
      .toSorted();
    const applied = (await hasTable(client, 'knex_migrations')) ? await readApplied(client) : [];
    const unknown = applied.filter((name) => !known.includes(name));
    return {
      applied,
      pending: known.filter((name) => !applied.includes(name)),
      unknown,
      incompatible: (await readRequirements(client)).filter(
        ({ migration, oldestMigration }) =>
          unknown.includes(migration) && !known.includes(oldestMigration),
      ),
    };
  });
}

async function hasTable(client: pg.Client, name: string): Promise<boolean> {
  const { rows } = await client.query<{ isThere: boolean }>(
    'select to_regclass($1) is not null as "isThere"',
    [name],
  );
  return rows[0]?.isThere === true;
}

async function readApplied(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    'select name from knex_migrations order by id',
  );
  return rows.map(({ name }) => name);
}

async function readRequirements(client: pg.Client): Promise<SchemaRequirement[]> {
  if (!(await hasTable(client, 'schema_requirements'))) return [];
  const { rows } = await client.query<SchemaRequirement>(
    'select migration, oldest_migration as "oldestMigration" from schema_requirements order by migration',
  );
  return rows;
}

async function withLock<T>(url: string, work: (knex: Knex) => Promise<T>): Promise<T> {
  const holder = createClient(withSessionSettings(url), { application_name: 'consentry-migrate' });
  await holder.connect();
  try {
    // The lock belongs to this connection, so it is released when the process ends in any way.
    await holder.query('select pg_advisory_lock($1)', [LOCK_KEY]);
    return await withKnex(url, work);
  } finally {
    await holder.end();
  }
}

async function withKnex<T>(url: string, work: (knex: Knex) => Promise<T>): Promise<T> {
  const { default: knexFactory } = await import('knex');
  const knex = knexFactory({
    client: 'pg',
    connection: async () => ({ connectionString: withSessionSettings(await findWritable(url)) }),
    pool: { min: 0, max: 1 },
    migrations: {
      directory: FOLDER,
      loadExtensions: ['.ts'],
      // Migrations of a later version are permitted; see `requireMigrated`.
      disableMigrationsListValidation: true,
    },
  });
  try {
    return await work(knex);
  } finally {
    await knex.destroy();
  }
}

/** PgBouncer refuses the start-up parameters that migrations need. */
async function pastPooler<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!/unsupported startup parameter/.test((error as Error).message)) throw error;
    throw new AppError('unavailable', 'pooler_in_between', {
      cause: error,
      detail:
        'DATABASE_URL leads to a pooler. Set DATABASE_DIRECT_URL to the address of PostgreSQL itself.',
    });
  }
}
