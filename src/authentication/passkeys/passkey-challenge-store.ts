import type { Database } from '../../platform/postgres/postgres.ts';
import { sql } from '../../platform/postgres/sql.ts';

/** Rows of `used_passkey_challenges`. */
export function createPasskeyChallengeStore(db: Database) {
  return {
    /** Of concurrent calls with one challenge exactly one returns true. */
    async use(fingerprint: Buffer, expiresAt: Date): Promise<boolean> {
      const rows = await db.query(sql`insert into used_passkey_challenges (fingerprint, expires_at)
        values (${fingerprint}, ${expiresAt}) on conflict (fingerprint) do nothing returning 1`);
      return rows.length > 0;
    },

    async deleteExpired(now: Date): Promise<number> {
      const rows = await db.query(
        sql`delete from used_passkey_challenges where expires_at < ${now} returning 1`,
      );
      return rows.length;
    },
  };
}
