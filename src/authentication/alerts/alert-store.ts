import type { Database } from '../../platform/postgres/postgres.ts';
import { sql } from '../../platform/postgres/sql.ts';
import type { AlertKind } from './alert-kind.ts';

/** One mailed notice with its link. */
export interface Alert {
  readonly id: string;
  readonly accountId: string;
  readonly kind: AlertKind;
  readonly linkFingerprint: Buffer;
  /** The address of the mail, which only the holder of the link can decrypt. */
  readonly recipient: Buffer;
  readonly happenedAt: Date;
  readonly expiresAt: Date;
  readonly usedAt: Date | null;
}

const COLUMNS = sql`id, account_id, kind, link_fingerprint, recipient, happened_at, expires_at, used_at`;

/** Rows of `account_alerts`. `db` is the pool or a transaction. */
export function createAlertStore(db: Database) {
  return {
    async insert(alert: Omit<Alert, 'usedAt'>): Promise<void> {
      await db.execute(sql`insert into account_alerts ${sql.values({ ...alert })}`);
    },

    /** The alert of a link that has not expired, used or not. */
    async find(linkFingerprint: Buffer, at: Date): Promise<Alert | null> {
      const [row] = await db.query<Alert>(sql`select ${COLUMNS} from account_alerts
        where link_fingerprint = ${linkFingerprint} and expires_at > ${at}`);
      return row ?? null;
    },

    /** Uses the link up. Of concurrent calls exactly one returns the alert. */
    async use(linkFingerprint: Buffer, at: Date): Promise<Alert | null> {
      const [row] = await db.query<Alert>(sql`update account_alerts set used_at = ${at}
        where link_fingerprint = ${linkFingerprint} and used_at is null and expires_at > ${at}
        returning ${COLUMNS}`);
      return row ?? null;
    },

    /** Ends the links of the same event and of those after it: their consequences are undone. */
    async useSince({ accountId, happenedAt }: Alert, at: Date): Promise<void> {
      await db.execute(sql`update account_alerts set used_at = ${at}
        where account_id = ${accountId} and happened_at >= ${happenedAt} and used_at is null`);
    },

    async deleteExpired(before: Date): Promise<number> {
      const rows = await db.query(
        sql`delete from account_alerts where expires_at < ${before} returning id`,
      );
      return rows.length;
    },
  };
}
