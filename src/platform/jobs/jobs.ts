import { createHash, randomUUID } from 'node:crypto';

import type { PgBoss } from 'pg-boss';

import { AppError } from '../app-error.ts';
import { createJobQueueStore } from './job-queue-store.ts';
import { connectionTo } from '../postgres/postgres-client.ts';
import { withSessionSettings } from '../postgres/postgres-session.ts';
import { type Database, fromDriver, type Postgres } from '../postgres/postgres.ts';

export type { JobQueueState } from './job-queue-store.ts';

/** The data of a job: numbers of rows, never personal values. They stay in the database for days. */
type JobData = Readonly<Record<string, string | number | boolean>>;

interface QueuedJob {
  /** Name of a {@link JobKind}. */
  readonly name: string;
  readonly data: JobData;
  /** Not before then; default: as soon as the transaction has committed. */
  readonly runAt?: Date;
  /** While a job of this name and key waits, another one is not queued. */
  readonly key?: string;
  /** Default 10. */
  readonly maxAttempts?: number;
}

/** One attempt at a job. */
export interface RunningJob {
  /** Aborted when the process stops or the job takes too long; it is tried again elsewhere. */
  readonly signal: AbortSignal;
  /** From 1. */
  readonly attempt: number;
  readonly isLastAttempt: boolean;
}

/** A kind of background work. A job may run twice, so `run` must tolerate that. */
export interface JobKind {
  readonly name: string;
  readonly run: (data: Readonly<Record<string, unknown>>, job: RunningJob) => Promise<unknown>;
  /** Cron expression in UTC. Runs once per due time, on one of all the nodes. */
  readonly schedule?: string;
  /** Maximum number that one process runs at the same time; default 4, and 1 of a scheduled kind. */
  readonly concurrency?: number;
  /** Maximum attempts when scheduled; default 10, with growing pauses. */
  readonly maxAttempts?: number;
}

/** Attempts at a job that sets no number; the last failure is reported as `failed`. */
export const DEFAULT_ATTEMPTS = 10;
const KEPT_SECONDS = 7 * 86_400;

const QUEUE_OPTIONS = {
  policy: 'short',
  notify: true,
  retryBackoff: true,
  retryDelay: 5,
  retryDelayMax: 3_600,
  // Missing heartbeats reveal a crashed worker long before the time limit of its job.
  heartbeatSeconds: 15,
  expireInSeconds: 3_600,
  deleteAfterSeconds: KEPT_SECONDS,
} as const;

/** Creates or updates the tables of the job library (schema `pgboss`). Part of migrating. */
export async function installJobTables(url: string): Promise<void> {
  const boss = await createPassive({
    ...connectionTo(withSessionSettings(url)),
    max: 1,
    migrate: true,
  });
  await boss.start();
  await boss.stop({ graceful: false, close: true });
}

/** SQL that removes the job queue, for undoing every migration. */
export const DROP_JOB_TABLES = 'drop schema if exists pgboss cascade';

/** An instance that only writes and reads, and starts no work. Loads the library. */
async function createPassive(options: object): Promise<PgBoss> {
  const { PgBoss: Boss } = await import('pg-boss');
  const boss = new Boss({ migrate: false, supervise: false, schedule: false, ...options });
  return boss.on('error', () => undefined);
}

/** The queueing side of the background jobs, on the pool of this process. */
export function createJobs(db: Postgres) {
  let started: Promise<PgBoss> | undefined;
  const known = new Set<string>();
  const store = createJobQueueStore(db);

  const start = (): Promise<PgBoss> => {
    started ??= createPassive({ db: onPool(db) })
      .then((boss) => boss.start())
      .catch((error: unknown) => {
        started = undefined;
        throw error;
      });
    return started;
  };

  const ready = async (name: string): Promise<PgBoss> => {
    const boss = await start();
    if (!known.has(name)) {
      await ensureQueue(boss, name);
      // The library looks a new queue up once, on a connection of its own; not while a transaction holds one.
      await boss.findJobs(name, { id: randomUUID() });
      known.add(name);
    }
    return boss;
  };

  return {
    /** Prepares these queues, so that the first job queued inside a transaction needs no second connection. */
    async prepare(names: readonly string[]): Promise<void> {
      const boss = await start();
      for (const { name } of await boss.getQueues()) known.add(name);
      for (const name of names) await ready(name);
    },

    /** Queues a job in the caller's transaction: it runs if the transaction commits, and only then. */
    async enqueue(tx: Database, job: QueuedJob): Promise<void> {
      const boss = await ready(job.name);
      await boss.send(job.name, job.data, {
        db: inTransaction(tx),
        singletonKey: job.key ?? randomUUID(),
        retryLimit: (job.maxAttempts ?? DEFAULT_ATTEMPTS) - 1,
        ...(job.runAt === undefined ? {} : { startAfter: job.runAt }),
      });
    },

    /** The state of every queue, by name. */
    list: store.listQueues,

    /** Gives every failed job of a queue another round of attempts. @returns their number. */
    async retryFailed(name: string): Promise<number> {
      const boss = await ready(name);
      const ids = await store.listFailed(name);
      if (ids.length > 0) await boss.retry(name, ids);
      return ids.length;
    },
    bringForward: store.bringForward,

    async close(): Promise<void> {
      await started?.then(
        (boss) => boss.stop({ graceful: false, close: false }),
        () => undefined,
      );
    },
  };
}

export type Jobs = ReturnType<typeof createJobs>;

/** Creates the queue when this installation does not have it yet. */
export async function ensureQueue(boss: PgBoss, name: string): Promise<void> {
  await boss.createQueue(name, QUEUE_OPTIONS);
}

interface LibraryDatabase {
  executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

/** The library's own statements, some of which contain several statements in one text. */
function onPool({ pool }: Postgres): LibraryDatabase {
  return { executeSql: (text, values) => fromDriver(pool.query(text, values)) };
}

/** The library's statements in the caller's transaction, prepared under a name made of their text. */
function inTransaction(tx: Database): LibraryDatabase {
  return {
    executeSql: async (text, values = []) => {
      const digest = createHash('sha256').update(text).digest('base64url').slice(0, 16);
      return { rows: await tx.query({ name: `jobs-${digest}`, text, values }) };
    },
  };
}

/** The parts of a failure that may be kept: its name and code. Its message can contain an address. */
export function reasonOf(error: unknown): string {
  if (error instanceof AppError) return error.code;
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  const parts = [code, responseCode].filter((part) => part !== undefined);
  if (parts.length > 0) return parts.map(String).join(' ');
  return error instanceof Error ? error.name : 'unknown';
}
