import type { Database } from '../../platform/postgres/postgres.ts';
import { sql } from '../../platform/postgres/sql.ts';

interface NewSet {
  readonly accountId: string;
  readonly indexes: readonly Buffer[];
  readonly createdAt: Date;
}

interface CodeUse {
  readonly accountId: string;
  readonly index: Buffer;
  readonly usedAt: Date;
}

/** Rows of `recovery_codes`. */
export function createRecoveryCodeStore(db: Database) {
  return {
    async countUnused(accountId: string): Promise<number> {
      const [row] = await db.query<{ count: number }>(sql`select count(*)::int as count
        from recovery_codes where account_id = ${accountId} and used_at is null`);
      return row?.count ?? 0;
    },

    async isUnused(accountId: string, index: Buffer): Promise<boolean> {
      const rows = await db.query(sql`select 1 from recovery_codes
        where account_id = ${accountId} and code_index = ${index} and used_at is null`);
      return rows.length > 0;
    },

    /** Replaces every code of the account. */
    async replace({ accountId, indexes, createdAt }: NewSet): Promise<void> {
      await db.execute(sql`delete from recovery_codes where account_id = ${accountId}`);
      await db.execute(sql`insert into recovery_codes (account_id, code_index, created_at)
        select ${accountId}::uuid, index, ${createdAt}::timestamptz from unnest(${indexes}::bytea[]) as given (index)`);
    },

    /** @returns the number of codes that are left; null when this one is unknown or was used before. */
    async use({ accountId, index, usedAt }: CodeUse): Promise<number | null> {
      const rows = await db.query(sql`update recovery_codes set used_at = ${usedAt}
        where account_id = ${accountId} and code_index = ${index} and used_at is null returning account_id`);
      if (rows.length === 0) return null;
      return createRecoveryCodeStore(db).countUnused(accountId);
    },

    /** Removes the codes if they were made since a moment. */
    async removeSince(accountId: string, since: Date): Promise<void> {
      await db.execute(
        sql`delete from recovery_codes where account_id = ${accountId} and created_at >= ${since}`,
      );
    },

    async removeAll(accountId: string): Promise<void> {
      await db.execute(sql`delete from recovery_codes where account_id = ${accountId}`);
    },
  };
}
