import type { Database } from '../postgres/postgres.ts';

/** One queue at this moment. Counts are of jobs. */
export interface JobQueueState {
  readonly name: string;
  readonly waiting: number;
  readonly running: number;
  /** Given up after the last attempt; kept for a week. */
  readonly failed: number;
  /** Cron expression in UTC; null: runs on request only. */
  readonly schedule: string | null;
  readonly lastFinishedAt: Date | null;
  /** How long the job has waited that is due for the longest time; null when none is due. */
  readonly oldestWaitingSeconds: number | null;
}

interface QueueRow {
  readonly name: string;
  readonly waiting: number;
  readonly running: number;
  readonly failed: number;
  readonly cron: string | null;
  readonly last_finished_at: Date | null;
  readonly oldest_waiting_seconds: number | null;
}

/** Every queue of ours, by name. */
export async function listQueues(db: Database): Promise<JobQueueState[]> {
  // The library's own counts are cached for up to a minute; an operator needs the present ones.
  const rows = await db.query<QueueRow>({
    name: 'jobs-list-queues',
    text: `select queue.name, min(schedule.cron) as cron,
             count(job.id) filter (where job.state in ('created', 'retry'))::int as waiting,
             count(job.id) filter (where job.state = 'active')::int as running,
             count(job.id) filter (where job.state = 'failed')::int as failed,
             max(job.completed_on) filter (where job.state = 'completed') as last_finished_at,
             extract(epoch from max(pgboss.job_now() - case
               -- Between two attempts it waits as well, and since it was queued.
               when job.state = 'retry' then job.created_on
               when job.state = 'created' and job.start_after <= pgboss.job_now() then job.start_after
             end))::float8 as oldest_waiting_seconds
           from pgboss.queue
           left join pgboss.schedule on schedule.name = queue.name
           left join pgboss.job on job.name = queue.name
           where queue.name not like '\\_\\_pgboss%'
           group by queue.name order by queue.name`,
  });
  return rows.map((row) => ({
    name: row.name,
    waiting: row.waiting,
    running: row.running,
    failed: row.failed,
    schedule: row.cron,
    lastFinishedAt: row.last_finished_at,
    oldestWaitingSeconds: row.oldest_waiting_seconds,
  }));
}

/** Ids of jobs that were given up, at most 1000. */
export async function listFailed(db: Database, name: string): Promise<string[]> {
  const rows = await db.query<{ id: string }>({
    name: 'jobs-list-failed',
    text: `select id from pgboss.job where name = $1 and state = 'failed' limit 1000`,
    values: [name],
  });
  return rows.map(({ id }) => id);
}

/** Makes jobs due at once that wait for their next attempt. `ids`: the values of `id` in their data. @returns how many. */
export async function bringForward(
  db: Database,
  name: string,
  ids: readonly string[],
): Promise<number> {
  const rows = await db.query({
    name: 'jobs-bring-forward',
    text: `update pgboss.job set start_after = pgboss.job_now()
           where name = $1 and state = 'retry' and start_after > pgboss.job_now()
             and data ->> 'id' = any($2)
           returning id`,
    values: [name, ids],
  });
  return rows.length;
}
