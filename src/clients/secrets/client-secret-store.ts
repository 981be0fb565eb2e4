import type { Database } from '../../platform/postgres/postgres.ts';
import { sql } from '../../platform/postgres/sql.ts';
import type { SecretSummary } from '../client.ts';

/** A secret as it is first written. */
interface NewSecretRow extends Omit<SecretSummary, 'lastUsedAt'> {
  readonly clientId: string;
  readonly fingerprint: Buffer;
  readonly draftKey: string | null;
}

/** Reads and writes the table `client_secrets`. */
export function createClientSecretStore(db: Database) {
  return {
    /** Newest first, expired ones too. */
    list: (clientId: string): Promise<SecretSummary[]> =>
      db.query<SecretSummary>(sql`select id, hint, created_at, expires_at, last_used_at
        from client_secrets where client_id = ${clientId} order by created_at desc, id`),

    /** @returns false when the same form has already created a secret of this app. */
    async insert(row: NewSecretRow): Promise<boolean> {
      const { id, clientId, fingerprint, hint, createdAt, expiresAt, draftKey } = row;
      const values = { id, clientId, fingerprint, hint, createdAt, expiresAt, draftKey };
      const rows = await db.query(
        sql`insert into client_secrets ${sql.values(values)} on conflict do nothing returning id`,
      );
      return rows.length > 0;
    },

    /** Lets every secret expire at `at`, unless it expires earlier. */
    async expireAll(clientId: string, at: Date): Promise<void> {
      await db.query(sql`update client_secrets
        set expires_at = least(coalesce(expires_at, ${at}), ${at}) where client_id = ${clientId}`);
    },

    async deleteExpired(clientId: string, now: Date): Promise<void> {
      await db.query(
        sql`delete from client_secrets where client_id = ${clientId} and expires_at <= ${now}`,
      );
    },

    /** @returns false when the app has no such secret. */
    async delete(clientId: string, secretId: string): Promise<boolean> {
      const rows = await db.query(sql`delete from client_secrets
        where client_id = ${clientId} and id::text = ${secretId} returning id`);
      return rows.length > 0;
    },

    async deleteAll(clientId: string): Promise<void> {
      await db.query(sql`delete from client_secrets where client_id = ${clientId}`);
    },

    async markUsed(secretId: string, at: Date): Promise<void> {
      await db.query(sql`update client_secrets set last_used_at = greatest(last_used_at, ${at})
        where id = ${secretId}`);
    },
  };
}
