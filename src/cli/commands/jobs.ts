import { directUrlOf, type PartialConfig } from '../../config/config.ts';
import type { JobQueueState } from '../../platform/jobs/jobs.ts';
import { startWorker } from '../../server/worker.ts';
import { type Progress, requireMigrated, waitForDatabase } from '../database.ts';
import { provideDatabase } from '../../dev/embedded-database.ts';
import { logEverything } from '../log-progress.ts';
import { print } from '../output.ts';
import { endInOrder } from '../shutdown.ts';
import { readSettings, withServices } from '../with-services.ts';

/** `consentry jobs`: runs jobs until it is stopped. */
export async function run(): Promise<void> {
  const initial = readSettings();
  const progress = progressOf(initial);
  const database = await provideDatabase(initial, progress);
  const { config } = database;
  const url = directUrlOf(config);
  const { databaseWaitSeconds: seconds } = config;
  await waitForDatabase({ url, seconds, progress });
  await requireMigrated(url, progress);
  const worker = await startWorker(config);
  const stop = async (): Promise<void> => {
    await worker.stop();
    await database.stop();
  };
  // It serves no requests, so no proxy has to be notified.
  endInOrder(stop, { ...config, drainSeconds: 0 });
  progress('Running the background jobs. Ctrl-C ends it.');
}

function progressOf({ mode, logLevel }: PartialConfig): Progress {
  if (mode !== 'production') return print;
  const log = logEverything(logLevel);
  return (line) => log.info({}, line);
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
    ['job', 'waiting', 'running', 'failed', 'schedule (UTC)', 'last finished'],
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
