import type { Database } from '../../platform/postgres/postgres.ts';
import { sql, type SqlStatement } from '../../platform/postgres/sql.ts';

interface DeviceSighting {
  readonly accountId: string;
  readonly deviceFingerprint: Buffer;
  /** The account's generation of proofs when the sign-in began. */
  readonly generation: number;
  readonly seenAt: Date;
}

interface SeenQuery {
  readonly accountId: string;
  readonly deviceFingerprint: Buffer;
  readonly since: Date;
}

interface TrustQuery {
  readonly accountId: string;
  readonly deviceFingerprint: Buffer;
  readonly at: Date;
}

/**
 * Rows of `known_devices`: browsers in which an account has been signed in to. A row counts while its generation is that of the
 * account: after a sign-out everywhere every browser is a new one.
 */
export function createKnownDeviceStore(db: Database) {
  return {
    async isKnown(accountId: string, deviceFingerprint: Buffer | null): Promise<boolean> {
      const rows = await db.query(sql`select 1 from known_devices
        join accounts on accounts.id = known_devices.account_id
        where known_devices.account_id = ${accountId} and known_devices.device_fingerprint = ${deviceFingerprint}
          and known_devices.proof_generation = accounts.proof_generation`);
      return rows.length > 0;
    },

    /** Was a sign-in completed in this known device later than `since`? */
    async wasSeenSince({ accountId, deviceFingerprint, since }: SeenQuery): Promise<boolean> {
      const rows = await db.query(sql`select 1 from known_devices
        join accounts on accounts.id = known_devices.account_id
        where known_devices.account_id = ${accountId} and known_devices.device_fingerprint = ${deviceFingerprint}
          and known_devices.proof_generation = accounts.proof_generation and known_devices.last_seen_at > ${since}`);
      return rows.length > 0;
    },

    /** Records the device. @returns whether it is new, and the number of other devices that were ever recorded. */
    async remember({ accountId, deviceFingerprint, generation, seenAt }: DeviceSighting) {
      // The generation never goes back: a sign-in that began before a sign-out everywhere must neither renew an old row
      // nor change a new one.
      const [row] = await db.query<{ isNew: boolean; others: number }>(sql`with noted as (
          insert into known_devices as d (account_id, device_fingerprint, created_at, last_seen_at, proof_generation)
          values (${accountId}, ${deviceFingerprint}, ${seenAt}, ${seenAt}, ${generation})
          on conflict (account_id, device_fingerprint) do update set last_seen_at = excluded.last_seen_at,
            trusted_until = case when d.proof_generation >= excluded.proof_generation then d.trusted_until end,
            proof_generation = greatest(d.proof_generation, excluded.proof_generation))
        select
          count(*) filter (where device_fingerprint = ${deviceFingerprint} and proof_generation >= ${generation}) = 0
            as is_new,
          (count(*) filter (where device_fingerprint <> ${deviceFingerprint}))::int as others
        from known_devices where account_id = ${accountId}`);
      return row ?? { isNew: false, others: 0 };
    },

    /** Does this browser need no second step at this time? */
    async isTrusted({ accountId, deviceFingerprint, at }: TrustQuery): Promise<boolean> {
      const rows = await db.query(sql`select 1 from known_devices
        join accounts on accounts.id = known_devices.account_id
        where known_devices.account_id = ${accountId} and known_devices.device_fingerprint = ${deviceFingerprint}
          and known_devices.proof_generation = accounts.proof_generation and known_devices.trusted_until > ${at}`);
      return rows.length > 0;
    },

    /** Lets a browser that is recorded sign in without the second step until then. */
    async trust(accountId: string, deviceFingerprint: Buffer, until: Date): Promise<void> {
      await db.execute(sql`update known_devices set trusted_until = ${until}
        where account_id = ${accountId} and device_fingerprint = ${deviceFingerprint}`);
    },

    /** The number of browsers that need no second step at this time. */
    async countTrusted(accountId: string, at: Date): Promise<number> {
      const [row] = await db.query<{
        count: number;
      }>(sql`select count(*)::int as count from known_devices
        join accounts on accounts.id = known_devices.account_id
        where known_devices.account_id = ${accountId} and known_devices.trusted_until > ${at}
          and known_devices.proof_generation = accounts.proof_generation`);
      return row?.count ?? 0;
    },

    async endTrust(accountId: string): Promise<void> {
      await db.execute(sql`update known_devices set trusted_until = null
        where account_id = ${accountId} and trusted_until is not null`);
    },

    async deleteUnseenSince(before: Date): Promise<number> {
      const rows = await db.query(
        sql`delete from known_devices where last_seen_at < ${before} returning account_id`,
      );
      return rows.length;
    },
  };
}

/** Updates the row of a known device, as a part of another statement; returns no row when the device is new. */
export function deviceUpdate({
  accountId,
  deviceFingerprint,
  generation,
  seenAt,
}: DeviceSighting): SqlStatement {
  return sql`update known_devices set last_seen_at = ${seenAt}
    where account_id = ${accountId}::uuid and device_fingerprint = ${deviceFingerprint}
      and proof_generation >= ${generation} returning 1`;
}
