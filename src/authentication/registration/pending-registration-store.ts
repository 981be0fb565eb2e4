import type { Database } from '../../platform/postgres/postgres.ts';
import { sql } from '../../platform/postgres/sql.ts';

/** A registration that waits for its code. */
export interface PendingRegistration {
  readonly flowId: string;
  readonly accountId: string;
}

/** Rows of `one_time_codes` whose code makes a temporary account active. */
export function createPendingRegistrationStore(db: Database) {
  return {
    /** The newest registration of an address. */
    async findNewest(addressIndex: Buffer, since: Date): Promise<PendingRegistration | null> {
      const [row] =
        await db.query<PendingRegistration>(sql`select flow_id, account_id from one_time_codes
        where address_index = ${addressIndex} and purpose = 'registration' and account_id is not null
          and created_at > ${since}
        order by created_at desc limit 1`);
      return row ?? null;
    },

    /** The accounts of all registrations of an address. */
    async listAccounts(addressIndex: Buffer): Promise<string[]> {
      const rows = await db.query<{
        accountId: string;
      }>(sql`select distinct account_id from one_time_codes
        where address_index = ${addressIndex} and purpose in ('registration', 'sign_in') and account_id is not null`);
      return rows.map(({ accountId }) => accountId);
    },
  };
}
