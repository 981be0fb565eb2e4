import type { Database } from '../platform/postgres/postgres.ts';
import { sql } from '../platform/postgres/sql.ts';

/** Rows to delete: those of `table` whose `column` is before a moment. */
export interface ExpiringTable {
  readonly table: string;
  readonly key: string;
  readonly column: string;
}

/** The size of a batch. A full batch means that there may be more rows. */
export const BATCH_ROWS = 2_000;

/**
 * Deletes at most one batch, without waiting for rows that another transaction has locked.
 * @returns how many rows were deleted.
 */
export async function deleteExpiredBatch(
  tx: Database,
  expiring: ExpiringTable,
  before: Date,
): Promise<number> {
  const [table, key, column] = [expiring.table, expiring.key, expiring.column].map(sql.identifier);
  const [row] = await tx.query<{ count: number }>(sql`with deleted as (
      delete from ${table} where ${key} in (
        select ${key} from ${table} where ${column} < ${before} limit ${BATCH_ROWS} for update skip locked)
      returning 1)
    select count(*)::int as count from deleted`);
  return row?.count ?? 0;
}

/** True when no other node is purging; the lock ends with the transaction. */
export async function tryPurgeLock(tx: Database, lockKey: number): Promise<boolean> {
  const [row] = await tx.query<{ locked: boolean }>(
    sql`select pg_try_advisory_xact_lock(${lockKey}) as locked`,
  );
  return row?.locked === true;
}
