import type { Database } from '../../platform/postgres/postgres.ts';
import { sql, type SqlStatement } from '../../platform/postgres/sql.ts';
import type { PendingRegistration } from '../registration/pending-registration-store.ts';

interface CandidateQuery {
  /** A query for the account that has the address. */
  readonly owner: SqlStatement;
  /** An id that no account has, for an address without an account. */
  readonly unknownId: string;
  /** The column of the account with this id. */
  readonly accountColumn: (id: SqlStatement) => SqlStatement;
  readonly addressIndex: Buffer;
  readonly deviceFingerprint: Buffer | null;
  /** Registrations from before this time are ignored. */
  readonly since: Date;
}

/** The rows that decide about a sign-in with a password. */
export interface CandidateRows {
  /** Null for an address without an account. */
  readonly ownerId: string | null;
  /** The row of the account, for the account slice. */
  readonly account: Readonly<Record<string, unknown>> | null;
  readonly hash: string | null;
  readonly isDeviceKnown: boolean;
  /** The newest registration of this address that waits for its code, by any person. */
  readonly pending: PendingRegistration | null;
}

/** Reads owner, account, password, device and registration in one statement, the same one for every identifier. */
export async function readCandidate(
  db: Database,
  { owner, unknownId, accountColumn, addressIndex, deviceFingerprint, since }: CandidateQuery,
): Promise<CandidateRows> {
  const accountId = sql`(select id from candidate)`;
  const [row] = await db.query<CandidateRows>(sql`
    with owner as materialized (${owner}),
      candidate as materialized (select coalesce((select account_id from owner), ${unknownId}::uuid) as id)
    select (select account_id from owner) as owner_id, ${accountColumn(accountId)} as account,
      (select hash from password_credentials where account_id = ${accountId}) as hash,
      exists (
        select 1 from known_devices join accounts on accounts.id = known_devices.account_id
        where known_devices.account_id = ${accountId}
          and known_devices.device_fingerprint = ${deviceFingerprint}::bytea
          and known_devices.proof_generation = accounts.proof_generation) as is_device_known,
      (select json_build_object('flowId', flow_id, 'accountId', account_id) from one_time_codes
        where address_index = ${addressIndex} and purpose = 'registration' and account_id is not null
          and created_at > ${since}
        order by created_at desc limit 1) as pending`);
  if (row === undefined) throw new Error('the candidate of a sign-in has no row');
  return row;
}
