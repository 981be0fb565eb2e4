import { parseArgs } from 'node:util';

import { readConfig, type Config } from '../config.ts';
import { AppError } from '../platform/app-error.ts';
import type { JobQueueState } from '../platform/jobs.ts';
import { connect } from '../services.ts';
import { startWorker } from '../worker.ts';
import { requireMigrated, waitForDatabase } from './database.ts';
import { provideDatabase } from './embedded-database.ts';
import { DATA_FOLDER } from './project.ts';
import { endInOrder } from './shutdown.ts';

/** `consentry jobs`: works until it is stopped. `consentry jobs list`: says how the queues are doing. */
export async function run(args: readonly string[]): Promise<void> {
  const { positionals } = parseArgs({ args: [...args], options: {}, allowPositionals: true });
  const [action, ...rest] = positionals;
  if (rest.length > 0 || (action !== undefined && action !== 'list')) {
    throw new AppError('invalid', 'usage', {
      detail: 'Only "consentry jobs" and "consentry jobs list" exist.',
    });
  }
  const database = await provideDatabase(readConfig({ dataFolder: DATA_FOLDER }), progress);
  const { config } = database;
  const { databaseUrl: url, databaseWaitSeconds: seconds } = config;
  await waitForDatabase({ url, seconds, progress });
  await requireMigrated(url);
  if (action === 'list') {
    try {
      await list(config);
    } finally {
      await database.stop();
    }
    return;
  }
  const worker = await startWorker(config);
  const stop = async (): Promise<void> => {
    await worker.stop();
    await database.stop();
  };
  // It serves no requests that a proxy would have to send elsewhere.
  endInOrder(stop, { ...config, drainSeconds: 0 });
  progress('Doing the background jobs. Ctrl-C ends it.');
}

async function list(config: Config): Promise<void> {
  const connected = await connect(config);
  try {
    const queues = await connected.jobs.list();
    if (queues.length === 0) progress('No job has been queued yet.');
    else for (const line of table(queues)) progress(line);
  } finally {
    await connected.close();
  }
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

function progress(line: string): void {
  process.stdout.write(`${line}\n`);
}
