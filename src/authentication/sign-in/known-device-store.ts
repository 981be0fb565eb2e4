import type { Database } from '../../platform/postgres/postgres.ts';

export interface DeviceRow {
  readonly accountId: string;
  readonly deviceFingerprint: Buffer;
  /** The account's generation of proofs when the sign-in began. */
  readonly generation: number;
  readonly seenAt: Date;
}

/**
 * Rows of `known_devices`: browsers in which an account has been signed in to. A row counts while its generation is that of the
 * account: after a sign-out everywhere every browser is a new one.
 */
export interface KnownDeviceStore {
  isKnown(accountId: string, deviceFingerprint: Buffer | null): Promise<boolean>;
  /** Notes the device. @returns whether it is new, and how many others were ever seen. */
  remember(row: DeviceRow): Promise<{ isNew: boolean; others: number }>;
  deleteUnseenSince(before: Date): Promise<number>;
}

export function createKnownDeviceStore(db: Database): KnownDeviceStore {
  return Object.freeze({
    isKnown: async (accountId: string, deviceFingerprint: Buffer | null) => {
      const rows = await db.query({
        name: 'known-devices-is-known',
        text: `select 1 from known_devices d join accounts a on a.id = d.account_id
               where d.account_id = $1 and d.device_fingerprint = $2
                 and d.proof_generation = a.proof_generation`,
        values: [accountId, deviceFingerprint],
      });
      return rows.length > 0;
    },
    remember: async ({ accountId, deviceFingerprint, generation, seenAt }: DeviceRow) => {
      // The generation never goes back: a sign-in that began before a sign-out everywhere must not renew an old row, nor spoil a new one.
      const [row] = await db.query<{ is_new: boolean; others: number }>({
        name: 'known-devices-remember',
        text: `with noted as (
                 insert into known_devices as d
                   (account_id, device_fingerprint, created_at, last_seen_at, proof_generation)
                 values ($1, $2, $3, $3, $4)
                 on conflict (account_id, device_fingerprint) do update set
                   last_seen_at = $3, proof_generation = greatest(d.proof_generation, $4))
               select
                 count(*) filter (where device_fingerprint = $2 and proof_generation >= $4) = 0 as is_new,
                 (count(*) filter (where device_fingerprint <> $2))::int as others
               from known_devices where account_id = $1`,
        values: [accountId, deviceFingerprint, seenAt, generation],
      });
      return { isNew: row?.is_new ?? false, others: row?.others ?? 0 };
    },
    deleteUnseenSince: async (before: Date) => {
      const rows = await db.query({
        name: 'known-devices-delete-unseen-since',
        text: 'delete from known_devices where last_seen_at < $1 returning account_id',
        values: [before],
      });
      return rows.length;
    },
  });
}
