import fs from 'node:fs';

import { removeDevelopmentSecrets } from '../config/development-secrets.ts';
import { withDatabase, type Config, type PartialConfig } from '../config/config.ts';
import { AppError } from '../platform/app-error.ts';
import {
  joinEmbeddedPostgres,
  removeEmbeddedPostgres,
  startEmbeddedPostgres,
} from './embedded-postgres.ts';
import { DATA_FOLDER, POSTGRES_FOLDER } from './project-folders.ts';

/** A configuration with a database, and a function that stops the database if this process started it. */
export interface ProvidedDatabase {
  readonly config: Config;
  readonly isEmbedded: boolean;
  stop(): Promise<void>;
}

/** Prints one line of progress. */
type Progress = (line: string) => void;

const NAME = 'consentry';
/** A separate database, so that a dump of the main database does not contain the keys. */
const KEY_STORE_NAME = 'consentry_keys';

/**
 * For commands: uses DATABASE_URL if it is set, else the embedded PostgreSQL of a running server of this project, else
 * starts it.
 */
export async function provideDatabase(
  config: PartialConfig,
  progress: Progress,
): Promise<ProvidedDatabase> {
  const running = config.databaseUrl === null ? await joinEmbeddedPostgres(POSTGRES_FOLDER) : null;
  if (running === null) return provideOwnDatabase(config, progress);
  await running.createDatabase(KEY_STORE_NAME);
  return {
    config: withEmbedded(config, running.url),
    isEmbedded: true,
    stop: running.stop,
  };
}

/**
 * For the server: as {@link provideDatabase}, but never one that another process has started.
 * @throws AppError `folder_in_use` while another process runs the embedded one.
 */
export async function provideOwnDatabase(
  config: PartialConfig,
  progress: Progress,
): Promise<ProvidedDatabase> {
  const { databaseUrl } = config;
  if (databaseUrl !== null) {
    const given = withDatabase(config, databaseUrl);
    return { config: given, isEmbedded: false, stop: async () => undefined };
  }
  const isFirst = !fs.existsSync(POSTGRES_FOLDER);
  progress(
    isFirst ? `Preparing a database in ${POSTGRES_FOLDER} ...` : 'Starting the database ...',
  );
  const server = await startEmbeddedPostgres({ stateFolder: POSTGRES_FOLDER, isDurable: true });
  await server.createDatabase(NAME);
  await server.createDatabase(KEY_STORE_NAME);
  return {
    config: withEmbedded(config, server.url),
    isEmbedded: true,
    stop: server.stop,
  };
}

function withEmbedded(config: PartialConfig, urlOf: (name: string) => string): Config {
  const keyStoreUrl = config.keyStoreUrl ?? urlOf(KEY_STORE_NAME);
  return { ...config, databaseUrl: urlOf(NAME), keyStoreUrl };
}

/**
 * Deletes the embedded database and the generated secrets.
 * @throws AppError `reset_refused` when a DATABASE_URL is set, `folder_in_use` while another process uses them.
 */
export function resetEmbedded({ databaseUrl }: PartialConfig): void {
  if (databaseUrl !== null) {
    throw new AppError('invalid', 'reset_refused', {
      detail:
        '--reset deletes only the embedded database; DATABASE_URL is set, so nothing was done.',
    });
  }
  removeEmbeddedPostgres(POSTGRES_FOLDER);
  removeDevelopmentSecrets(DATA_FOLDER);
}
