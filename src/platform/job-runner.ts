import { PgBoss, type JobWithMetadata } from 'pg-boss';

import { DEFAULT_ATTEMPTS, ensureQueue, type JobKind, reasonOf, type RunningJob } from './jobs.ts';
import type { Logger } from './logger.ts';
import { withSessionSettings } from './postgres-session.ts';

export interface JobRunnerOptions {
  readonly url: string;
  readonly kinds: readonly JobKind[];
  readonly log: Logger;
  /** False: schedules are left to other processes. Default true. */
  readonly runsSchedules?: boolean;
}

/** The working side of the background jobs in this process. */
export interface JobRunner {
  /** Ends after the jobs under way, or gives them back after a few seconds. */
  stop(): Promise<void>;
}

const STOP_MS = 8_000;
// The backstop for a wake-up that was missed; the usual way is a notification at the commit.
const POLL_SECONDS = 30;
const POLL_WITHOUT_NOTIFICATIONS_SECONDS = 2;
const CONCURRENCY = 4;

type Carried = Readonly<Record<string, unknown>> | null;

/** Starts working off the queues. Any number of processes may; each job goes to one of them. */
export async function startJobRunner(options: JobRunnerOptions): Promise<JobRunner> {
  const { url, kinds, log } = options;
  const stopped = new AbortController();
  const boss = new PgBoss({
    connectionString: withSessionSettings(url),
    application_name: 'consentry-jobs',
    max: 3,
    migrate: false,
    schedule: options.runsSchedules ?? true,
    useListenNotify: true,
    monitorVacuum: false,
    // How soon a job whose worker fell silent is given to another.
    monitorIntervalSeconds: 15,
    superviseIntervalSeconds: 15,
    // How late a scheduled job may be.
    cronMonitorIntervalSeconds: 30,
  });
  boss.on('error', (error) => log.warn({ reason: reasonOf(error) }, 'the job queue has trouble'));
  await boss.start();
  try {
    await prepareQueues(boss, kinds);
    for (const kind of kinds) await workOff(boss, kind, { log, stopped: stopped.signal });
  } catch (error) {
    await boss.stop({ graceful: false });
    throw error;
  }
  return Object.freeze({
    stop: async () => {
      stopped.abort();
      await boss.stop({ graceful: true, timeout: STOP_MS });
    },
  });
}

async function prepareQueues(boss: PgBoss, kinds: readonly JobKind[]): Promise<void> {
  const queues = new Set((await boss.getQueues()).map(({ name }) => name));
  const schedules = new Map((await boss.getSchedules()).map(({ name, cron }) => [name, cron]));
  for (const { name, schedule, maxAttempts } of kinds) {
    if (!queues.has(name)) await ensureQueue(boss, name);
    if (schedule !== undefined && schedules.get(name) !== schedule) {
      const retryLimit = (maxAttempts ?? DEFAULT_ATTEMPTS) - 1;
      await boss.schedule(name, schedule, null, { singletonKey: 'schedule', retryLimit });
    }
    schedules.delete(name);
  }
  // What an older version of this server scheduled and this one does not know.
  for (const name of schedules.keys()) await boss.unschedule(name);
}

async function workOff(
  boss: PgBoss,
  kind: JobKind,
  { log, stopped }: { log: Logger; stopped: AbortSignal },
): Promise<void> {
  const options = {
    includeMetadata: true,
    batchSize: 1,
    localConcurrency: kind.schedule === undefined ? CONCURRENCY : 1,
    pollingIntervalSeconds: POLL_WITHOUT_NOTIFICATIONS_SECONDS,
    notifyPollingIntervalSeconds: POLL_SECONDS,
  } as const;
  await boss.work<Carried, void, typeof options>(kind.name, options, async (jobs) => {
    for (const job of jobs) await runOne(kind, job, { log, stopped });
  });
}

async function runOne(
  kind: JobKind,
  job: JobWithMetadata<Carried>,
  { log, stopped }: { log: Logger; stopped: AbortSignal },
): Promise<void> {
  const running: RunningJob = {
    signal: AbortSignal.any([job.signal, stopped]),
    attempt: job.retryCount + 1,
    isLastAttempt: job.retryCount >= job.retryLimit,
  };
  try {
    await kind.run(job.data ?? {}, running);
  } catch (error) {
    const reason = reasonOf(error);
    const { attempt, isLastAttempt } = running;
    const fields = { job: kind.name, jobId: job.id, attempt, reason, at: placeOf(error) };
    if (isLastAttempt) log.error(fields, 'a job was given up');
    else log.warn(fields, 'a job failed and is tried again');
    // The library keeps what is thrown; the message of a foreign error can name a person.
    throw Object.assign(new Error(reason), { stack: '' });
  }
}

/** Where it happened, without the message. */
function placeOf(error: unknown): string[] {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 6)
    .map((line) => line.trim());
}
