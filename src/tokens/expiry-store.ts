import type { Database } from '../platform/postgres/postgres.ts';

/** Rows to delete: those of `table` whose `column` lies before a moment. */
export interface ExpiringTable {
  readonly table: string;
  readonly key: string;
  readonly column: string;
}

const BATCH_ROWS = 2_000;

/**
 * Deletes at most one batch, without waiting for rows that another transaction has locked.
 * @returns how many rows went.
 */
export async function deleteExpiredBatch(
  tx: Database,
  { table, key, column }: ExpiringTable,
  before: Date,
): Promise<number> {
  const [row] = await tx.query<{ count: number }>({
    name: `${table}-purge`,
    text: `with gone as (
             delete from ${table} where ${key} in (
               select ${key} from ${table} where ${column} < $1
               limit ${String(BATCH_ROWS)} for update skip locked)
             returning 1)
           select count(*)::int as count from gone`,
    values: [before],
  });
  return row?.count ?? 0;
}

/** True when this transaction is the only one in the cluster of nodes that purges; the lock ends with it. */
export async function tryPurgeLock(tx: Database, lockKey: number): Promise<boolean> {
  const [row] = await tx.query<{ locked: boolean }>({
    name: 'purge-lock',
    text: 'select pg_try_advisory_xact_lock($1) as locked',
    values: [lockKey],
  });
  return row?.locked === true;
}

/** True as long as a full batch suggests that there is more. */
export function isFullBatch(count: number): boolean {
  return count === BATCH_ROWS;
}
