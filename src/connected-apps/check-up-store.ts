import type { Database } from '../platform/postgres/postgres.ts';
import { sql } from '../platform/postgres/sql.ts';

interface CheckUpTimes {
  /** The time of the person's last confirmed review; null: never. */
  readonly checkedAt: Date | null;
  /** The time at which the oldest connected app was connected; null: there is none. */
  readonly connectedSince: Date | null;
}

/** Table `check_ups`. */
export function createCheckUpStore(db: Database) {
  return {
    async find(accountId: string): Promise<CheckUpTimes> {
      const [row] = await db.query<CheckUpTimes>(sql`select
        (select checked_at from check_ups where account_id = ${accountId}) as checked_at,
        (select min(created_at) from consents where account_id = ${accountId} and status = 'active') as connected_since`);
      return row ?? { checkedAt: null, connectedSince: null };
    },

    async save(accountId: string, checkedAt: Date): Promise<void> {
      await db.query(sql`insert into check_ups ${sql.values({ accountId, checkedAt })}
        on conflict (account_id) do update set checked_at = excluded.checked_at`);
    },
  };
}
