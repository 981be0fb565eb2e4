import type { Database } from '../platform/postgres/postgres.ts';

export interface CheckUpTimes {
  /** The time of the person's last confirmed review; null: never. */
  readonly checkedAt: Date | null;
  /** Since when the oldest app is connected; null: there is none. */
  readonly connectedSince: Date | null;
}

export interface CheckUpStore {
  find(accountId: string): Promise<CheckUpTimes>;
  save(accountId: string, checkedAt: Date): Promise<void>;
}

/** Table `check_ups`. */
export function createCheckUpStore(db: Database): CheckUpStore {
  return Object.freeze({
    find: async (accountId: string) => {
      const [row] = await db.query<CheckUpTimes>({
        name: 'check-ups-find',
        text: `select (select checked_at from check_ups where account_id = $1) as "checkedAt",
          (select min(created_at) from consents where account_id = $1 and status = 'active') as "connectedSince"`,
        values: [accountId],
      });
      return row ?? { checkedAt: null, connectedSince: null };
    },
    save: async (accountId: string, checkedAt: Date) => {
      await db.query({
        name: 'check-ups-save',
        text: `insert into check_ups (account_id, checked_at) values ($1, $2)
          on conflict (account_id) do update set checked_at = excluded.checked_at`,
        values: [accountId, checkedAt],
      });
    },
  });
}
