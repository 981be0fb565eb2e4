import type { Database } from '../platform/postgres/postgres.ts';

/** The monthly partitions of `releases`. */
export interface PartitionStore {
  /** Makes the missing partitions from the month of `now` on; several nodes may do it at once. */
  ensure(now: Date, monthsAhead: number): Promise<void>;
}

// Any fixed number will do, as long as nothing else in the database takes the same advisory lock.
const PARTITION_LOCK = 7_264_010;

export function createPartitionStore(db: Database): PartitionStore {
  return Object.freeze({
    ensure: (now: Date, monthsAhead: number) =>
      db.transaction(async (tx) => {
        // `create table if not exists` fails when two nodes do it at the same moment.
        await tx.query({
          name: 'ledger-lock-partitions',
          text: 'select pg_advisory_xact_lock($1)',
          values: [PARTITION_LOCK],
        });
        for (let ahead = 0; ahead <= monthsAhead; ahead += 1) {
          const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1));
          await tx.query({
            name: 'ledger-create-partition',
            text: 'select create_release_partition($1::date)',
            values: [month.toISOString().slice(0, 10)],
          });
        }
      }),
  });
}
