import type { Database } from '../postgres/postgres.ts';
import { sql } from '../postgres/sql.ts';

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
  /** Waiting time of the job that is due for the longest time; null when none is due. */
  readonly oldestWaitingSeconds: number | null;
}

/** Reads and changes the tables of the job library. */
export function createJobQueueStore(db: Database) {
  return {
    /** Every queue of this server, by name. The library's own counts are cached for up to a minute. */
    listQueues(): Promise<JobQueueState[]> {
      return db.query(sql`select queue.name, min(schedule.cron) as schedule,
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
        where not starts_with(queue.name, '__pgboss')
        group by queue.name order by queue.name`);
    },

    /** Ids of jobs that were given up, at most 1000. */
    async listFailed(name: string): Promise<string[]> {
      const rows = await db.query<{ id: string }>(
        sql`select id from pgboss.job where name = ${name} and state = 'failed' limit 1000`,
      );
      return rows.map(({ id }) => id);
    },

    /** Makes jobs due at once that wait for their next attempt. @param ids the `id` in their data. @returns their number. */
    async bringForward(name: string, ids: readonly string[]): Promise<number> {
      const rows = await db.query(sql`update pgboss.job set start_after = pgboss.job_now()
        where name = ${name} and state = 'retry' and start_after > pgboss.job_now()
          and data ->> 'id' = any(${ids}::text[])
        returning id`);
      return rows.length;
    },
  };
}
