import { AppError } from '../../platform/app-error.ts';
import { migrateDown, migrateUp, migrationStatus } from '../../platform/postgres/migrations.ts';
import { ensureKeyStoreDatabase } from '../database.ts';
import { print } from '../output.ts';
import { readSettings, withDatabase } from '../with-services.ts';

const SOMETHING_PENDING = 3;

export interface MigrateOptions {
  readonly status?: true;
  readonly down?: true;
  readonly yes?: true;
}

/** `consentry migrate` */
export async function run(options: MigrateOptions): Promise<void> {
  const settings = readSettings();
  if (options.down === true) requirePermission(settings.mode, options.yes === true);
  await withDatabase({ settings, progress: print }, async (config, url) => {
    if (options.status === true) return printStatus(url);
    if (options.down === true) return printNames('Undone', await migrateDown(url));
    printNames('Applied', await migrateUp(url));
    await ensureKeyStoreDatabase(config.keyStoreUrl, print);
  });
}

function requirePermission(mode: string, isConfirmed: boolean): void {
  if (mode === 'production') {
    throw new AppError('forbidden', 'migrate_down_refused', {
      detail: 'Undoing migrations is refused in production.',
    });
  }
  if (!isConfirmed) {
    throw new AppError('invalid', 'confirmation_required', {
      detail: 'Undoing every migration deletes all data. Add --yes to confirm.',
    });
  }
}

async function printStatus(url: string): Promise<void> {
  const { applied, pending, unknown } = await migrationStatus(url);
  for (const name of applied)
    print(`applied  ${name}${unknown.includes(name) ? ' (of a later version)' : ''}`);
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
