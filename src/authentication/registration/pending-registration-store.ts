import type { Database } from '../../platform/postgres/postgres.ts';

/** Rows of `one_time_codes` by which an account is about to come into being. */
export interface PendingRegistrationStore {
  /** The newest registration of an address that waits for its code. */
  findNewest(
    addressIndex: Buffer,
    since: Date,
  ): Promise<{ flowId: string; accountId: string } | null>;
  /** The accounts of all of them. */
  listAccounts(addressIndex: Buffer): Promise<string[]>;
}

export function createPendingRegistrationStore(db: Database): PendingRegistrationStore {
  return Object.freeze({
    findNewest: async (addressIndex: Buffer, since: Date) => {
      const [row] = await db.query<{ flow_id: string; account_id: string }>({
        name: 'one-time-codes-find-pending-registration',
        text: `select flow_id, account_id from one_time_codes
               where address_index = $1 and purpose = 'registration' and account_id is not null
                 and created_at > $2
               order by created_at desc limit 1`,
        values: [addressIndex, since],
      });
      return row === undefined ? null : { flowId: row.flow_id, accountId: row.account_id };
    },

    listAccounts: async (addressIndex: Buffer) => {
      const rows = await db.query<{ account_id: string }>({
        name: 'one-time-codes-list-registering',
        text: `select distinct account_id from one_time_codes
               where address_index = $1 and purpose in ('registration', 'sign_in')
                 and account_id is not null`,
        values: [addressIndex],
      });
      return rows.map((row) => row.account_id);
    },
  });
}
