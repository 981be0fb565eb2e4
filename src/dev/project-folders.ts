import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { embeddedPostgresFolder } from './embedded-postgres.ts';

/** The folder that holds package.json. */
export const PROJECT_FOLDER = fileURLToPath(new URL('../..', import.meta.url)).replace(
  /[/\\]$/,
  '',
);

/** State of the embedded PostgreSQL. */
export const POSTGRES_FOLDER = embeddedPostgresFolder(PROJECT_FOLDER, 'postgres');

/** Where a server without settings keeps its state: `.data`, or a folder under /var/lib as root. */
export const DATA_FOLDER = path.dirname(POSTGRES_FOLDER);
