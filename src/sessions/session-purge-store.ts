import type { Database } from '../platform/postgres/postgres.ts';

const BATCH_ROWS = 2_000;
const LOCK_KEY = 7_264_011;

/** Deletes one batch of rows that ended before `now`, unless another node is doing it. */
export async function deleteExpiredSessions(
  tx: Database,
  now: Date,
): Promise<{ readonly count: number; readonly isMore: boolean }> {
  const [row] = await tx.query<{ count: number }>({
    name: 'sessions-purge',
    text: `with purger as materialized (select pg_try_advisory_xact_lock($2) as is_first),
           gone as (
             delete from sessions where uid in (
               select uid from sessions
               where expires_at < $1 and (select is_first from purger)
               limit ${String(BATCH_ROWS)} for update skip locked)
             returning 1)
           select count(*)::int as count from gone`,
    values: [now, LOCK_KEY],
  });
  const count = row?.count ?? 0;
  return { count, isMore: count === BATCH_ROWS };
}
