import { directUrlOf, readConfig } from '../config.ts';
import type { JobQueueState } from '../platform/jobs.ts';
import { startWorker } from '../worker.ts';
import { requireMigrated, waitForDatabase } from './database.ts';
import { provideDatabase } from './embedded-database.ts';
import { print } from './output.ts';
import { DATA_FOLDER } from './project.ts';
import { endInOrder } from './shutdown.ts';
import { withServices } from './with-services.ts';

/** `consentry jobs`: works until it is stopped. */
export async function run(): Promise<void> {
  const database = await provideDatabase(readConfig({ dataFolder: DATA_FOLDER }), print);
  const { config } = database;
  const url = directUrlOf(config);
  const { databaseWaitSeconds: seconds } = config;
  await waitForDatabase({ url, seconds, progress: print });
  await requireMigrated(url);
  const worker = await startWorker(config);
  const stop = async (): Promise<void> => {
    await worker.stop();
    await database.stop();
  };
  // It serves no requests that a proxy would have to send elsewhere.
  endInOrder(stop, { ...config, drainSeconds: 0 });
  print('Doing the background jobs. Ctrl-C ends it.');
}

/** `consentry jobs list`: prints the state of the queues. */
export async function list(): Promise<void> {
  await withServices(async ({ jobs }) => {
    const queues = await jobs.list();
    if (queues.length === 0) print('No job has been queued yet.');
    else for (const line of table(queues)) print(line);
  });
}

function table(queues: readonly JobQueueState[]): string[] {
  const rows = [
    ['job', 'waiting', 'running', 'given up', 'schedule (UTC)', 'last finished'],
    ...queues.map((queue) => [
      queue.name,
      String(queue.waiting),
      String(queue.running),
      String(queue.failed),
      queue.schedule ?? '-',
      queue.lastFinishedAt?.toISOString() ?? '-',
    ]),
  ];
  const widths = rows[0]?.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths?.[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
