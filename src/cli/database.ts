import { setTimeout as sleep } from 'node:timers/promises';

import { AppError } from '../platform/app-error.ts';
import { migrateUp, migrationStatus } from '../platform/postgres/migrations.ts';
import {
  databaseNameOf,
  placeOf,
  withDatabaseName,
} from '../platform/postgres/postgres-address.ts';
import { withClient } from '../platform/postgres/postgres-client.ts';

/** Prints progress; one line each. */
export type Progress = (line: string) => void;

interface WaitOptions {
  readonly url: string;
  readonly seconds: number;
  readonly progress: Progress;
}

const RETRY_MS = 1_000;
const CONNECTING = { connectionTimeoutMillis: 3_000 };

// Wrong password, unknown user, unknown database: waiting does not help.
const REFUSALS = new Map([
  ['28P01', 'refuses the password'],
  ['28000', 'refuses the user'],
  ['3D000', 'has no such database'],
]);

/**
 * Waits until PostgreSQL accepts connections, and prints a line when it has to wait.
 * @throws AppError `database_refused` when the address or the login is wrong, `database_unavailable` after the wait.
 */
export async function waitForDatabase({ url, seconds, progress }: WaitOptions): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  for (let attempt = 1; ; attempt += 1) {
    const failure = await tryConnection(url);
    if (failure === null) return;
    const refusal = REFUSALS.get(failure.code ?? '');
    if (refusal !== undefined) {
      throw new AppError('unavailable', 'database_refused', {
        detail: `The database at ${placeOf(url)} ${refusal}.`,
      });
    }
    if (Date.now() >= deadline) {
      throw new AppError('unavailable', 'database_unavailable', {
        detail: `The database at ${placeOf(url)} did not answer for ${String(seconds)} s (${reason(failure)}).`,
      });
    }
    if (attempt === 1)
      progress(
        `The database at ${placeOf(url)} does not answer (${reason(failure)}); trying again for ${String(seconds)} s ...`,
      );
    await sleep(RETRY_MS);
  }
}

interface ConnectionFailure {
  readonly code?: string;
  readonly message: string;
}

async function tryConnection(url: string): Promise<ConnectionFailure | null> {
  return withClient(url, CONNECTING, (client) => client.query('select 1')).then(
    () => null,
    (error: unknown) => error as ConnectionFailure,
  );
}

function reason({ code, message }: ConnectionFailure): string {
  return message === '' ? (code ?? 'unknown reason') : message;
}

const NO_SUCH_DATABASE = '3D000';
/** Another command created the database at the same time; PostgreSQL reports this with either code. */
const ALREADY_EXISTS = new Set(['42P04', '23505']);

/**
 * Creates the database of the key store if the server is reachable and the database is missing. The first node creates
 * its tables. @throws the error of the server when the user may not create databases; then an administrator has to.
 */
export async function ensureKeyStoreDatabase(url: string, progress: Progress): Promise<void> {
  const failure = await tryConnection(url);
  if (failure?.code !== NO_SUCH_DATABASE) return;
  const name = databaseNameOf(url);
  try {
    await withClient(withDatabaseName(url, 'postgres'), CONNECTING, (client) =>
      client.query(`create database ${client.escapeIdentifier(name)}`),
    );
    progress(`Made the database ${name} for the key store.`);
  } catch (error) {
    if (!ALREADY_EXISTS.has((error as ConnectionFailure).code ?? '')) throw error;
  }
}

/** Applies the missing migrations and prints their names. @throws AppError `schema_incompatible` */
export async function migrate(
  url: string,
  progress: Progress,
  warn: Progress = progress,
): Promise<void> {
  const applied = await migrateUp(url);
  if (applied.length > 0) progress(`Applied ${String(applied.length)} migrations.`);
  await requireMigrated(url, warn);
}

/**
 * A node works on a schema that has every migration of its version. Migrations of a later version that only add are
 * reported as a warning, so that versions can be rolled out and back node by node.
 * @throws AppError `migrations_pending`: in production a deployment migrates, not the first node that starts;
 * `schema_incompatible`: a later version has removed a part that this version uses.
 */
export async function requireMigrated(url: string, warn: Progress): Promise<void> {
  const { pending, unknown, incompatible } = await migrationStatus(url);
  const [first] = incompatible;
  if (first !== undefined) {
    throw new AppError('conflict', 'schema_incompatible', {
      detail: `The schema was changed by a later version: after ${first.migration} only versions work that have ${first.oldestMigration}. Start such a version.`,
    });
  }
  if (pending.length > 0) {
    throw new AppError('unavailable', 'migrations_pending', {
      detail: `${String(pending.length)} migrations are not applied (first: ${pending[0] ?? ''}). Run "consentry migrate" first.`,
    });
  }
  if (unknown.length === 0) return;
  warn(
    `The schema is newer than this version by ${String(unknown.length)} migrations (newest: ${unknown.at(-1) ?? ''}). They only add, so this version works with it.`,
  );
}
