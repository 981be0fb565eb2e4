import { seedDemo } from '../../../seeds/demo.ts';
import { AppError } from '../../platform/app-error.ts';
import { migrate } from '../database.ts';
import { print } from '../output.ts';
import { readSettings, withDatabase } from '../with-services.ts';

/** `consentry seed` */
export async function run(): Promise<void> {
  const settings = readSettings();
  if (settings.mode === 'production') {
    throw new AppError('forbidden', 'seed_refused', {
      detail:
        'The passwords of the demo accounts are published, so demo data are refused in production.',
    });
  }
  await withDatabase({ settings, progress: print }, async (config, url) => {
    await migrate(url, print);
    const demo = await seedDemo(config);
    for (const line of demo.lines) print(line);
    if (demo.bookshop !== null) print(`Demo app: ${demo.bookshop.clientId}`);
  });
}
