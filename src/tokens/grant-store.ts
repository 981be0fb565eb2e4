import type { Database } from '../platform/postgres/postgres.ts';
import { sql, type SqlStatement } from '../platform/postgres/sql.ts';
import type { Grant, GrantFilter } from './grant.ts';

/** Rows of `grants` and of the artifacts under them. `db` is the pool or a transaction. */
export function createGrantStore(db: Database) {
  return {
    /** Null when unknown, revoked or expired at `now`. */
    async findLive(grantId: string, now: Date): Promise<Grant | null> {
      const [grant] = await db.query<Grant>(sql`select id, account_id, client_id, consent_id,
          consent_version, session_uid, ends_others, created_at, expires_at
        from grants where id = ${grantId} and revoked_at is null and expires_at > ${now}`);
      return grant ?? null;
    },

    async insert(grant: Grant): Promise<void> {
      await db.execute(sql`insert into grants ${sql.values({ ...grant })}`);
    },

    /** Inserts where `condition` holds. @returns whether it did. */
    async insertWhere(grant: Grant, condition: SqlStatement): Promise<boolean> {
      const rows = await db.query(
        sql`insert into grants ${sql.selected({ ...grant })} where ${condition} returning 1`,
      );
      return rows.length > 0;
    },

    /** @returns the ids of the grants that were live until now. */
    async revoke(filter: GrantFilter, revokedAt: Date): Promise<readonly string[]> {
      const rows = await db.query<{ id: string }>(sql`update grants set revoked_at = ${revokedAt}
        where revoked_at is null and ${conditionOf(filter)} returning id`);
      return rows.map(({ id }) => id);
    },

    /** Deletes the artifacts of `table` that were issued under these grants. */
    async deleteIssued(table: string, grantIds: readonly string[]): Promise<void> {
      await db.query(
        sql`delete from ${sql.identifier(table)} where grant_id = any(${grantIds}::text[])`,
      );
    },
  };
}

function conditionOf(filter: GrantFilter): SqlStatement {
  if ('grantId' in filter) return sql`id = ${filter.grantId}`;
  if ('consentId' in filter) {
    const { consentId, exceptGrantId = null } = filter;
    return sql`consent_id = ${consentId} and id is distinct from ${exceptGrantId}::text`;
  }
  if ('sessionUid' in filter) {
    const { sessionUid, exceptClientIds = [] } = filter;
    return sql`session_uid = ${sessionUid} and client_id <> all(${exceptClientIds}::text[])`;
  }
  if ('accountId' in filter) return sql`account_id = ${filter.accountId}`;
  return sql`client_id = ${filter.clientId}`;
}
