import type { Database } from '../platform/postgres.ts';

export interface DeviceRow {
  readonly accountId: string;
  readonly deviceFingerprint: Buffer;
  readonly seenAt: Date;
}

/** Rows of `known_devices`: browsers in which an account has been signed in to. */
export interface KnownDeviceStore {
  isKnown(accountId: string, deviceFingerprint: Buffer): Promise<boolean>;
  /** Notes the device. @returns whether it is new, and how many others there were. */
  remember(row: DeviceRow): Promise<{ isNew: boolean; others: number }>;
  forgetAll(accountId: string): Promise<void>;
  deleteUnseenSince(before: Date): Promise<number>;
}

export function createKnownDeviceStore(db: Database): KnownDeviceStore {
  return Object.freeze({
    isKnown: async (accountId: string, deviceFingerprint: Buffer) => {
      const rows = await db.query({
        name: 'known-devices-is-known',
        text: 'select 1 from known_devices where account_id = $1 and device_fingerprint = $2',
        values: [accountId, deviceFingerprint],
      });
      return rows.length > 0;
    },
    remember: async ({ accountId, deviceFingerprint, seenAt }: DeviceRow) => {
      const [row] = await db.query<{ is_new: boolean; others: number }>({
        name: 'known-devices-remember',
        text: `with noted as (
                 insert into known_devices (account_id, device_fingerprint, created_at, last_seen_at)
                 values ($1, $2, $3, $3)
                 on conflict (account_id, device_fingerprint) do update set last_seen_at = $3
                 returning xmax = 0 as is_new)
               select noted.is_new,
                 (select count(*)::int from known_devices
                  where account_id = $1 and device_fingerprint <> $2) as others
               from noted`,
        values: [accountId, deviceFingerprint, seenAt],
      });
      return { isNew: row?.is_new ?? false, others: row?.others ?? 0 };
    },
    forgetAll: async (accountId: string) => {
      await db.query({
        name: 'known-devices-forget-all',
        text: 'delete from known_devices where account_id = $1',
        values: [accountId],
      });
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
