import type { Database } from '../platform/postgres/postgres.ts';
import { sql } from '../platform/postgres/sql.ts';

/** Rows of `deletion_receipts`. */
export function createDeletionReceiptStore(db: Database) {
  return {
    async insert(row: {
      readonly reference: string;
      readonly receipt: string;
      readonly purgedAt: Date;
    }): Promise<void> {
      const { reference, receipt, purgedAt } = row;
      const values = sql.values({ reference, receipt, purgedAt });
      await db.query(sql`insert into deletion_receipts ${values}`);
    },

    async exists(reference: string): Promise<boolean> {
      const rows = await db.query(
        sql`select 1 from deletion_receipts where reference::text = ${reference}`,
      );
      return rows.length > 0;
    },
  };
}
