import type { Database } from '../../platform/postgres/postgres.ts';

/** Rows of `held_usernames`: freed names, which the database keeps back for 90 days. It writes and removes them by itself. */
export interface HeldUsernameStore {
  /** Is the name reserved for another account? */
  isHeldFromAccount(blindIndex: Buffer, accountId: string): Promise<boolean>;
  /** Ends the reservations of names that this very transaction freed, for accounts that were not created after all. */
  dropOwn(): Promise<void>;
}

export function createHeldUsernameStore(db: Database): HeldUsernameStore {
  return Object.freeze({
    isHeldFromAccount: async (blindIndex: Buffer, accountId: string) => {
      const rows = await db.query({
        name: 'held-usernames-is-held',
        text: `select 1 from held_usernames
               where blind_index = $1 and held_until > now() and holder_id is distinct from $2`,
        values: [blindIndex, accountId],
      });
      return rows.length > 0;
    },
    dropOwn: async () => {
      // now() is the same throughout a transaction, and different in every other.
      await db.query({
        name: 'held-usernames-drop-own',
        text: `delete from held_usernames
               where holder_id is null and held_until = now() + interval '90 days'`,
      });
    },
  });
}
