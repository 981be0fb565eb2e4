import { AppError } from '../platform/app-error.ts';
import { sql, type SqlStatement } from '../platform/postgres/sql.ts';
import type { TokenStorage } from './storage.ts';

/**
 * Rows of `used_codes`: the durable record of single uses, for kinds that are kept in Redis. A Redis that failed over or was
 * restored cannot make a used code valid again.
 */
export function createUsedCodeStore({ db, clock }: Pick<TokenStorage, 'db' | 'clock'>) {
  return {
    /**
     * Exactly one caller per fingerprint returns, ever.
     * @throws AppError `already_used` (kind `conflict`) for every other.
     */
    async markUsed(fingerprint: Buffer): Promise<void> {
      const won = await db.query(sql`
        insert into used_codes (fingerprint, used_at) values (${fingerprint}, ${clock.now()})
        on conflict (fingerprint) do nothing returning 1`);
      if (won.length === 0) throw new AppError('conflict', 'already_used');
    },

    /** The insert of a use as a part of another statement: it returns a row when this is the first use and `condition` holds. */
    insertion: (fingerprint: Buffer, condition: SqlStatement): SqlStatement =>
      sql`insert into used_codes (fingerprint, used_at)
        select ${fingerprint}::bytea, ${clock.now()}::timestamptz where ${condition}
        on conflict (fingerprint) do nothing returning 1`,

    /** A condition for another statement: it was not used before that statement. */
    isUnused: (fingerprint: Buffer): SqlStatement =>
      sql`not exists (select 1 from used_codes where fingerprint = ${fingerprint}::bytea)`,

    /** The time of its use; null when it was not used. */
    async findUse(fingerprint: Buffer): Promise<Date | null> {
      const [row] = await db.query<{ usedAt: Date }>(
        sql`select used_at from used_codes where fingerprint = ${fingerprint}`,
      );
      return row?.usedAt ?? null;
    },
  };
}
