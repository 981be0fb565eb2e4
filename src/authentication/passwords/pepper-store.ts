import type { Database } from '../../platform/postgres/postgres.ts';
import { sql } from '../../platform/postgres/sql.ts';

interface PepperRow {
  readonly version: number;
  readonly checkValue: Buffer;
}

export interface StoredPepper extends PepperRow {
  /** Some password is hashed with it. */
  readonly isUsed: boolean;
}

/** Rows of `password_peppers`. */
export function createPepperStore(db: Database) {
  return {
    list: (): Promise<StoredPepper[]> =>
      db.query(sql`select p.version, p.check_value, exists (
          select from password_credentials c
          where c.hash like 'pepper=%' and split_part(c.hash, '$', 1) = 'pepper=' || p.version
        ) as is_used
        from password_peppers p order by p.version`),

    /** Stores the versions that are not there; a stored one stays. */
    async insertNew(rows: readonly PepperRow[]): Promise<void> {
      await db.execute(sql`insert into password_peppers (version, check_value)
        select * from unnest(${rows.map(({ version }) => version)}::int[],
          ${rows.map(({ checkValue }) => checkValue)}::bytea[])
        on conflict (version) do nothing`);
    },
  };
}
