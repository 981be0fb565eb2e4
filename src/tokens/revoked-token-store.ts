import type { Database } from '../platform/postgres/postgres.ts';
import { sql, type SqlStatement } from '../platform/postgres/sql.ts';

/** Rows of `revoked_tokens`: access tokens that ended before their time. `db` is the pool or a transaction. */
export function createRevokedTokenStore(db: Database) {
  return {
    /** `announcement`: the notification of all nodes, made by the same statement. */
    async insert(fingerprint: Buffer, expiresAt: Date, announcement: SqlStatement): Promise<void> {
      await db.query(sql`with revoked as (
          insert into revoked_tokens ${sql.values({ fingerprint, expiresAt })} on conflict (fingerprint) do nothing
        )
        select ${announcement}`);
    },

    async has(fingerprint: Buffer): Promise<boolean> {
      const rows = await db.query(
        sql`select 1 from revoked_tokens where fingerprint = ${fingerprint}`,
      );
      return rows.length > 0;
    },

    /** At most `limit` of those that have not expired at `now`. */
    async list(now: Date, limit: number): Promise<readonly Buffer[]> {
      const rows = await db.query<{ fingerprint: Buffer }>(
        sql`select fingerprint from revoked_tokens where expires_at > ${now} limit ${limit}`,
      );
      return rows.map(({ fingerprint }) => fingerprint);
    },
  };
}
