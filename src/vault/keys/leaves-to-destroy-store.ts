import type { Database } from '../../platform/postgres/postgres.ts';

/** Rows of `leaves_to_destroy`, written by a trigger when a row of `account_keys` goes. */
export interface LeavesToDestroyStore {
  /** Those that are due, the oldest first. */
  list(limit: number): Promise<number[]>;
  remove(leaves: readonly number[]): Promise<void>;
  /** Notes a leaf that is due in a minute. */
  noteForLater(leaf: number): Promise<void>;
}

export function createLeavesToDestroyStore(db: Database): LeavesToDestroyStore {
  return Object.freeze({
    list: async (limit: number) => {
      const rows = await db.query<{ leaf: string }>({
        name: 'leaves-to-destroy-list',
        text: `select leaf::text from leaves_to_destroy where created_at <= now()
               order by created_at, leaf limit $1`,
        values: [limit],
      });
      return rows.map(({ leaf }) => Number(leaf));
    },
    remove: async (leaves) => {
      await db.query({
        name: 'leaves-to-destroy-remove',
        text: 'delete from leaves_to_destroy where leaf = any($1::bigint[])',
        values: [leaves],
      });
    },
    noteForLater: async (leaf: number) => {
      await db.query({
        name: 'leaves-to-destroy-note',
        text: `insert into leaves_to_destroy (leaf, created_at) values ($1, now() + interval '1 minute')`,
        values: [leaf],
      });
    },
  } satisfies LeavesToDestroyStore);
}
