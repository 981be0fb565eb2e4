import { directUrlOf, readConfig, type Config, type PartialConfig } from '../config/config.ts';
import { connect, type Connected } from '../server/services.ts';
import { requireMigrated, waitForDatabase } from './database.ts';
import { provideDatabase } from '../dev/embedded-database.ts';
import { explain } from './output.ts';
import { DATA_FOLDER } from '../dev/project-folders.ts';

/**
 * Runs `work` on the services of this installation, also beside a running server, and closes them afterwards.
 * @throws ConfigError, AppError `database_refused`, `database_unavailable`, `migrations_pending`.
 */
export async function withServices(work: (services: Connected) => Promise<void>): Promise<void> {
  await withDatabase(readConfig({ dataFolder: DATA_FOLDER }), async (config) => {
    // Standard output belongs to the answer of the command.
    const services = await connect({ ...config, logLevel: 'silent' });
    try {
      await work(services);
    } finally {
      await services.close();
    }
  });
}

/** Runs `work` once the database answers and its schema is current. */
export async function withDatabase(
  settings: PartialConfig,
  work: (config: Config) => Promise<void>,
): Promise<void> {
  const database = await provideDatabase(settings, explain);
  try {
    const url = directUrlOf(database.config);
    const { databaseWaitSeconds: seconds } = database.config;
    await waitForDatabase({ url, seconds, progress: explain });
    await requireMigrated(url, explain);
    await work(database.config);
  } finally {
    await database.stop();
  }
}
