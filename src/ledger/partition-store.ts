import type { Database } from '../platform/postgres/postgres.ts';
import { sql } from '../platform/postgres/sql.ts';

// A fixed number that no other advisory lock of the database uses.
const PARTITION_LOCK = 7_264_010;

/** The monthly partitions of `releases`. */
export function createPartitionStore(db: Database) {
  return {
    /** Creates the missing partitions from the month of `now` on; several nodes may do it at once. */
    ensure: (now: Date, monthsAhead: number): Promise<void> =>
      db.transaction(async (tx) => {
        // Concurrent `create table if not exists` statements can fail.
        await tx.query(sql`select pg_advisory_xact_lock(${PARTITION_LOCK})`);
        for (let ahead = 0; ahead <= monthsAhead; ahead += 1) {
          const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1));
          const day = month.toISOString().slice(0, 10);
          await tx.query(sql`select create_release_partition(${day}::date)`);
        }
      }),
  };
}
