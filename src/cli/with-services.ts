import { directUrlOf, readConfig, type Config, type PartialConfig } from '../config/config.ts';
import { provideDatabase } from '../dev/embedded-database.ts';
import { DATA_FOLDER } from '../dev/project-folders.ts';
import { connect, type Connected } from '../server/services.ts';
import { type Progress, requireMigrated, waitForDatabase } from './database.ts';
import { explain } from './output.ts';

/** The settings of this installation. @throws ConfigError */
export function readSettings(): PartialConfig {
  return readConfig({ dataFolder: DATA_FOLDER });
}

/**
 * Runs `work` on the services of this installation, also beside a running server, and closes them afterwards.
 * @throws ConfigError, AppError `database_refused`, `database_unavailable`, `migrations_pending`.
 */
export async function withServices(work: (services: Connected) => Promise<void>): Promise<void> {
  await withMigratedDatabase(async (config) => {
    // Standard output belongs to the result of the command.
    const services = await connect({ ...config, logLevel: 'silent' });
    try {
      await work(services);
    } finally {
      await services.close();
    }
  });
}

/** Runs `work` once the database answers and its schema is current. */
export async function withMigratedDatabase(work: (config: Config) => Promise<void>): Promise<void> {
  await withDatabase({ settings: readSettings(), progress: explain }, async (config, url) => {
    await requireMigrated(url, explain);
    await work(config);
  });
}

/** Runs `work` once the database answers. */
export async function withDatabase(
  { settings, progress }: { readonly settings: PartialConfig; readonly progress: Progress },
  work: (config: Config, url: string) => Promise<void>,
): Promise<void> {
  const { config, stop } = await provideDatabase(settings, progress);
  try {
    const url = directUrlOf(config);
    await waitForDatabase({ url, seconds: config.databaseWaitSeconds, progress });
    await work(config, url);
  } finally {
    await stop();
  }
}
