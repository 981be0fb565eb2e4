import type { JobWithMetadata, PgBoss } from 'pg-boss';

import { DEFAULT_ATTEMPTS, ensureQueue, type JobKind, reasonOf, type RunningJob } from './jobs.ts';
import type { Logger } from '../logger.ts';
import { connectionTo } from '../postgres/postgres-client.ts';
import { withSessionSettings } from '../postgres/postgres-session.ts';

export interface JobRunnerOptions {
  readonly url: string;
  readonly kinds: readonly JobKind[];
  /**
   * Jobs whose schedules are removed: of an earlier version, or switched off. A schedule with any other unknown name stays, because
   * it can be that of a newer version which runs beside this one.
   */
  readonly endedSchedules?: readonly string[];
  readonly log: Logger;
  /** False: schedules are left to other processes. Default true. */
  readonly runsSchedules?: boolean;
}

const STOP_MS = 8_000;
// A fallback only: a notification at the commit wakes the workers, and the query every LOOK_EVERY_MS finds later
// attempts.
const POLL_SECONDS = 30;
// One statement for all queues finds the jobs that have become due, because no commit announces that.
const LOOK_EVERY_MS = 1_000;
const CONCURRENCY = 4;

type Carried = Readonly<Record<string, unknown>> | null;

/** Starts to run the jobs of the queues. Any number of processes may do that; each job is run by one of them. */
export async function startJobRunner(options: JobRunnerOptions) {
  const { url, kinds, log } = options;
  const stopped = new AbortController();
  const connection = connectionTo(withSessionSettings(url));
  const { PgBoss: Boss } = await import('pg-boss');
  const boss: PgBoss = new Boss({
    ...connection,
    application_name: 'consentry-jobs',
    max: 3,
    migrate: false,
    schedule: options.runsSchedules ?? true,
    // The listening connection of the library supports only one server.
    useListenNotify: connection.Client === undefined,
    monitorVacuum: false,
    // The time after which a job is given to another worker when its worker sends no heartbeat.
    monitorIntervalSeconds: 15,
    superviseIntervalSeconds: 15,
    // Maximum delay of a scheduled job.
    cronMonitorIntervalSeconds: 30,
  });
  boss.on('error', (error) =>
    log.warn({ reason: reasonOf(error) }, 'the job queue reports an error'),
  );
  // The message can contain a statement with its values.
  boss.on('warning', ({ data }) =>
    log.warn({ type: (data as { type?: string } | undefined)?.type }, 'the job queue warns'),
  );
  await boss.start();
  const workers = createWorkers(boss, { log, stopped: stopped.signal });
  try {
    await prepareQueues(boss, options);
    for (const kind of kinds) await workers.start(kind);
  } catch (error) {
    await boss.stop({ graceful: false });
    throw error;
  }
  const looking = setInterval(() => void workers.wakeForDueJobs(), LOOK_EVERY_MS);
  return {
    /** Ends after the jobs in progress, or returns them to the queue after a few seconds. */
    async stop(): Promise<void> {
      stopped.abort();
      clearInterval(looking);
      await boss.stop({ graceful: true, timeout: STOP_MS });
    },
  };
}

export type JobRunner = Awaited<ReturnType<typeof startJobRunner>>;

async function prepareQueues(
  boss: PgBoss,
  { kinds, endedSchedules = [] }: Pick<JobRunnerOptions, 'kinds' | 'endedSchedules'>,
): Promise<void> {
  const queues = new Set((await boss.getQueues()).map(({ name }) => name));
  const schedules = new Map((await boss.getSchedules()).map(({ name, cron }) => [name, cron]));
  for (const { name, schedule, maxAttempts } of kinds) {
    if (!queues.has(name)) await ensureQueue(boss, name);
    if (schedule !== undefined && schedules.get(name) !== schedule) {
      const retryLimit = (maxAttempts ?? DEFAULT_ATTEMPTS) - 1;
      await boss.schedule(name, schedule, null, { singletonKey: 'schedule', retryLimit });
    }
  }
  for (const name of endedSchedules) {
    if (schedules.has(name)) await boss.unschedule(name);
  }
}

/**
 * The workers of all queues. After a job a worker takes the next one at once; by default it would wait for a
 * notification or the fallback.
 */
function createWorkers(
  boss: PgBoss,
  { log, stopped }: { readonly log: Logger; readonly stopped: AbortSignal },
) {
  const idsByQueue = new Map<string, Set<string>>();
  const wake = (name: string): void => {
    for (const id of idsByQueue.get(name) ?? []) boss.notifyWorker(id);
  };

  const startOne = async (kind: JobKind): Promise<void> => {
    const options = {
      includeMetadata: true,
      batchSize: 1,
      pollingIntervalSeconds: POLL_SECONDS,
      notifyPollingIntervalSeconds: POLL_SECONDS,
    } as const;
    const ids = idsByQueue.get(kind.name) ?? new Set<string>();
    idsByQueue.set(kind.name, ids);
    const own: { id?: string } = {};
    own.id = await boss.work<Carried, void, typeof options>(kind.name, options, async (jobs) => {
      if (own.id !== undefined) boss.notifyWorker(own.id);
      for (const job of jobs) await runOne(kind, job, { log, stopped });
    });
    ids.add(own.id);
  };

  return {
    async start(kind: JobKind): Promise<void> {
      const count = kind.concurrency ?? (kind.schedule === undefined ? CONCURRENCY : 1);
      for (let started = 0; started < count; started += 1) await startOne(kind);
    },

    /** Wakes the workers of queues with jobs that are due. */
    async wakeForDueJobs(): Promise<void> {
      try {
        const { rows } = (await boss.getDb().executeSql(DUE_QUEUES, [[...idsByQueue.keys()]])) as {
          rows: readonly { readonly name: string }[];
        };
        for (const { name } of rows) wake(name);
      } catch {
        // The library reports an outage; the next query follows soon.
      }
    },
  };
}

const DUE_QUEUES = `
  select queue.name from unnest($1::text[]) as queue (name)
  where exists (
    select from pgboss.job
    where job.name = queue.name and job.state < 'active' and not job.blocked
      and job.start_after <= pgboss.job_now()
  )`;

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
    const fields = { job: kind.name, jobId: job.id, attempt, reason, at: stackOf(error) };
    if (isLastAttempt) log.error(fields, 'a job was given up');
    else log.warn(fields, 'a job failed and is tried again');
    // The library stores the error; the message of an error of another library can contain personal values.
    throw Object.assign(new Error(reason), { stack: '' });
  }
}

/** The first lines of the stack, without the message. */
function stackOf(error: unknown): string[] {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 6)
    .map((line) => line.trim());
}
