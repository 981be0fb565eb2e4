import { seedDemo } from '../../../seeds/demo.ts';
import { directUrlOf, readConfig } from '../../config/config.ts';
import { AppError } from '../../platform/app-error.ts';
import { migrate, waitForDatabase } from '../database.ts';
import { provideDatabase } from '../../dev/embedded-database.ts';
import { print } from '../output.ts';
import { DATA_FOLDER } from '../../dev/project-folders.ts';

/** `consentry seed` */
export async function run(): Promise<void> {
  const settings = readConfig({ dataFolder: DATA_FOLDER });
  if (settings.mode === 'production') {
    throw new AppError('forbidden', 'seed_refused', {
      detail: 'The demo data have a known password: refused in production.',
    });
  }
  const database = await provideDatabase(settings, print);
  try {
    const url = directUrlOf(database.config);
    const { databaseWaitSeconds: seconds } = database.config;
    await waitForDatabase({ url, seconds, progress: print });
    await migrate(url, print);
    const demo = await seedDemo(database.config);
    for (const line of demo.lines) print(line);
    if (demo.bookshop !== null) print(`Demo app: ${demo.bookshop.clientId}`);
  } finally {
    await database.stop();
  }
}
