import { parseArgs } from 'node:util';

import { readConfig } from '../config.ts';
import { AppError } from '../platform/app-error.ts';
import { migrateDown, migrateUp, migrationStatus } from '../platform/migrations.ts';
import { waitForDatabase } from './database.ts';
import { provideDatabase } from './embedded-database.ts';
import { DATA_FOLDER } from './project.ts';

const SOMETHING_PENDING = 3;

/** `consentry migrate` */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { status: { type: 'boolean' }, down: { type: 'boolean' }, yes: { type: 'boolean' } },
  });
  const settings = readConfig({ dataFolder: DATA_FOLDER });
  if (values.down === true) requirePermission(settings.mode, values.yes === true);
  const database = await provideDatabase(settings, print);
  try {
    const { databaseUrl: url, databaseWaitSeconds: seconds } = database.config;
    await waitForDatabase({ url, seconds, progress: print });
    if (values.status === true) await printStatus(url);
    else if (values.down === true) printNames('Undone', await migrateDown(url));
    else printNames('Applied', await migrateUp(url));
  } finally {
    await database.stop();
  }
}

function requirePermission(mode: string, isConfirmed: boolean): void {
  if (mode === 'production') {
    throw new AppError('forbidden', 'migrate_down_refused', {
      detail: 'Undoing migrations is refused in production.',
    });
  }
  if (!isConfirmed) {
    throw new AppError('invalid', 'confirmation_required', {
      detail: 'Undoing every migration loses all data. Add --yes to do it.',
    });
  }
}

async function printStatus(url: string): Promise<void> {
  const { applied, pending } = await migrationStatus(url);
  for (const name of applied) print(`applied  ${name}`);
  for (const name of pending) print(`pending  ${name}`);
  print(
    pending.length === 0
      ? 'The schema is current.'
      : `${String(pending.length)} migrations are pending.`,
  );
  if (pending.length > 0) process.exitCode = SOMETHING_PENDING;
}

function printNames(verb: string, names: readonly string[]): void {
  for (const name of names) print(`${verb} ${name.replace(/^.*[/\\]/, '')}`);
  if (names.length === 0) print('Nothing to do: the schema is current.');
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
