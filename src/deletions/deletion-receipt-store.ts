import type { Database } from '../platform/postgres/postgres.ts';

/** Rows of `deletion_receipts`. */
export interface DeletionReceiptStore {
  insert(row: { reference: string; receipt: string; purgedAt: Date }): Promise<void>;
  find(reference: string): Promise<string | null>;
}

export function createDeletionReceiptStore(db: Database): DeletionReceiptStore {
  return Object.freeze({
    insert: async ({ reference, receipt, purgedAt }) => {
      await db.query({
        name: 'deletion-receipts-insert',
        text: 'insert into deletion_receipts (reference, receipt, purged_at) values ($1, $2, $3)',
        values: [reference, receipt, purgedAt],
      });
    },
    find: async (reference: string) => {
      const [row] = await db.query<{ receipt: string }>({
        name: 'deletion-receipts-find',
        text: 'select receipt from deletion_receipts where reference::text = $1',
        values: [reference],
      });
      return row?.receipt ?? null;
    },
  } satisfies DeletionReceiptStore);
}
