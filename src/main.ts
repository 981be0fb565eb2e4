// One server process, for containers and service managers: no embedded database, no demo. For development use
// `consentry start`.
import './cli/known-runtime.ts';

import { failCommand } from './cli/failure.ts';
import { migrate, requireMigrated, waitForDatabase } from './cli/database.ts';
import { logEverything } from './cli/log-progress.ts';
import { watchOutput } from './cli/output.ts';
import { DATA_FOLDER } from './dev/project-folders.ts';
import { serve } from './cli/commands/serve.ts';
import { endInOrder } from './cli/shutdown.ts';
import { directUrlOf, readConfig, withDatabase, type Config } from './config/config.ts';
import { AppError } from './platform/app-error.ts';

async function main(): Promise<void> {
  const config = requireDatabase(readConfig({ dataFolder: DATA_FOLDER }));
  const log = logEverything(config.logLevel);
  const progress = (line: string): void => log.info({}, line);
  const warn = (line: string): void => log.warn({}, line);
  const url = directUrlOf(config);
  await waitForDatabase({ url, seconds: config.databaseWaitSeconds, progress });
  if (config.mode === 'production') await requireMigrated(url, warn);
  else await migrate(url, progress, warn);
  const server = await serve(config);
  endInOrder(server.stop, config);
  // Notifies a parent that forked this process (tests, cluster managers) that it accepts requests.
  process.send?.({ listening: server.url });
}

function requireDatabase(config: ReturnType<typeof readConfig>): Config {
  const { databaseUrl } = config;
  if (databaseUrl !== null) return withDatabase(config, databaseUrl);
  throw new AppError('invalid', 'database_required', {
    detail:
      'Configuration: DATABASE_URL is required here. "npm start" starts an embedded database.',
  });
}

watchOutput();
await main().catch(failCommand);
