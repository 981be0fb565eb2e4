import type { Database } from '../../platform/postgres/postgres.ts';
import { sql, type SqlStatement } from '../../platform/postgres/sql.ts';
import type { PendingRegistration } from '../registration/pending-registration-store.ts';

interface CandidateQuery {
  readonly accountId: string;
  /** The column of the account. */
  readonly account: SqlStatement;
  readonly addressIndex: Buffer;
  readonly deviceFingerprint: Buffer | null;
  /** Registrations from before this time are ignored. */
  readonly since: Date;
}

/** The rows that decide about a sign-in with a password. */
export interface CandidateRows {
  /** The row of the account, for the account slice. */
  readonly account: Readonly<Record<string, unknown>> | null;
  readonly hash: string | null;
  readonly isDeviceKnown: boolean;
  /** The newest registration of this address that waits for its code, by any person. */
  readonly pending: PendingRegistration | null;
}

/** Reads account, password, device and registration in one statement, the same one for every identifier. */
export async function readCandidate(
  db: Database,
  { accountId, account, addressIndex, deviceFingerprint, since }: CandidateQuery,
): Promise<CandidateRows> {
  const [row] = await db.query<CandidateRows>(sql`select ${account} as account,
      (select hash from password_credentials where account_id = ${accountId}::uuid) as hash,
      exists (
        select 1 from known_devices join accounts on accounts.id = known_devices.account_id
        where known_devices.account_id = ${accountId}::uuid
          and known_devices.device_fingerprint = ${deviceFingerprint}::bytea
          and known_devices.proof_generation = accounts.proof_generation) as is_device_known,
      (select json_build_object('flowId', flow_id, 'accountId', account_id) from one_time_codes
        where address_index = ${addressIndex} and purpose = 'registration' and account_id is not null
          and created_at > ${since}
        order by created_at desc limit 1) as pending`);
  return row ?? { account: null, hash: null, isDeviceKnown: false, pending: null };
}
