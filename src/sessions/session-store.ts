import type { Sealer } from '../platform/keys/encryption.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import { sql, type SqlStatement } from '../platform/postgres/sql.ts';
import { openPayload } from './open-payload.ts';
import type { SessionPayload, StoredSession } from './session.ts';
import {
  excess,
  replacing,
  type SaveStatement,
  type SessionLimits,
  type SessionRecord,
  writeCondition,
  writing,
} from './session-write-sql.ts';

/** What {@link createSessionStore}'s `save` did. */
export interface SaveOutcome {
  /** Of the session; null when nothing was done. */
  readonly version: string | null;
  /** The sessions that would have to end for it. */
  readonly inTheWay: readonly (EndedSession & { readonly version: string })[];
}

export interface EndedSession {
  readonly uid: string;
  /** Empty for a row that an older release emptied at a sign-out. */
  readonly payload: SessionPayload;
}

interface SealedRow {
  readonly uid: string;
  readonly version: string;
  readonly sealedPayload: Buffer;
  readonly expiresAt: Date;
}

const PURGE_ROWS = 2_000;
const PURGE_LOCK = 7_264_011;
// The transaction that wrote the row last.
const LIVE_COLUMNS = sql`uid, xmin::text as version, sealed_payload, expires_at`;

/** Rows of `sessions`. `now` decides which of them live. `db` is the pool or a transaction. */
export function createSessionStore(db: Database, masterSealer: Sealer) {
  const open = ([row]: readonly SealedRow[]): StoredSession | null =>
    row === undefined
      ? null
      : {
          payload: openPayload(masterSealer, row.uid, row.sealedPayload),
          version: row.version,
          expiresAt: row.expiresAt.getTime(),
        };
  return {
    ...ending(db, masterSealer),

    async findByFingerprint(fingerprint: Buffer, now: Date): Promise<StoredSession | null> {
      return open(
        await db.query(sql`select ${LIVE_COLUMNS} from sessions
          where fingerprint = ${fingerprint} and expires_at > ${now}`),
      );
    },

    async findByUid(uid: string, now: Date): Promise<StoredSession | null> {
      return open(
        await db.query(sql`select ${LIVE_COLUMNS} from sessions
          where uid = ${uid} and expires_at > ${now}`),
      );
    },

    /** As `findByUid`, and the row stays as it is until the transaction changes it or ends. */
    async lockForWrite(uid: string, now: Date): Promise<StoredSession | null> {
      return open(
        await db.query(sql`select ${LIVE_COLUMNS} from sessions
          where uid = ${uid} and expires_at > ${now} for update`),
      );
    },

    /** Prevents that a live row is ended or purged before the transaction ends. @returns false when there is none. */
    async lock(uid: string, now: Date): Promise<boolean> {
      return (await db.query(heldWhileLive(uid, now))).length > 0;
    },

    /**
     * Nothing is done if the session was changed or ended since it was read, the use was recorded before, another sign-in of the
     * account is under way, or a new session has to end others than `replaced`.
     */
    async save(input: SaveStatement): Promise<SaveOutcome> {
      const { record, version, use, announcement, replaced } = input;
      const isUsed = sql`exists (select 1 from used)`;
      const used =
        use?.(sql`(select may_write from room)`) ?? sql`select 1 from room where may_write`;
      const members = sql.list([
        sql`room as materialized (select ${writeCondition(input)} as may_write)`,
        sql`used as (${used})`,
        sql`saved as (${writing(masterSealer, { record, version, condition: isUsed })})`,
        ...replacing(replaced),
      ]);
      const answers = sql.list([
        sql`(select version from saved) as version`,
        sql`${inTheWay(input)} as in_the_way`,
        sql`(select ${announcement} from saved)`,
        ...(replaced?.announcements ?? []),
      ]);
      const [row] = await db.query<SaveRow>(sql`with ${members} select ${answers}`);
      return {
        version: row?.version ?? null,
        inTheWay: (row?.inTheWay ?? []).map(([uid, read, sealed]) => ({
          uid,
          version: read,
          payload: openPayload(masterSealer, uid, Buffer.from(sealed, 'hex')),
        })),
      };
    },

    /** The version of this record if it is stored: for a statement whose answer was lost. */
    async versionOf({ uid, fingerprint, seenAt }: SessionRecord): Promise<string | null> {
      const [row] = await db.query<{ version: string }>(sql`select ${LIVE_COLUMNS} from sessions
        where uid = ${uid} and fingerprint = ${fingerprint} and last_seen_at = ${seenAt}`);
      return row?.version ?? null;
    },

    /** Writes a session as {@link save} does, in a transaction that does the rest. */
    async write(record: SessionRecord, version: string | null): Promise<string | null> {
      const [row] = await db.query<{ version: string }>(
        writing(masterSealer, { record, version, condition: sql`true` }),
      );
      return row?.version ?? null;
    },

    /** By uid, because another request may have given the session another id: a sign-out ends it all the same. */
    async end(uid: string): Promise<void> {
      await db.execute(sql`delete from sessions where uid = ${uid}`);
    },
  };
}

interface SaveRow {
  readonly version: string | null;
  /** Uid, version and sealed payload. */
  readonly inTheWay: readonly (readonly [string, string, string])[] | null;
}

/** Null unless a new session of an account was refused. */
function inTheWay({ record, version, limit, replaced }: SaveStatement): SqlStatement {
  const { uid, deviceFingerprint, payload } = record;
  const { accountId } = payload;
  if (version !== null || accountId === undefined || replaced !== null) return sql`null`;
  return sql`case when not (select may_write from room) then (
    select json_agg(json_build_array(uid, xmin::text, encode(sealed_payload, 'hex')))
    from sessions where ${excess({ accountId, uid, deviceFingerprint, limit })}) end`;
}

/** A query that has a row when the session is live; the row stays until the transaction ends. */
export function heldWhileLive(uid: string, now: Date): SqlStatement {
  return sql`select 1 from sessions where uid = ${uid} and expires_at > ${now} for key share`;
}

/** Deletes rows and returns their content: the grants of an ended session must be revoked in the same transaction. */
function ending(db: Database, masterSealer: Sealer) {
  const endWhere = async (condition: SqlStatement): Promise<readonly EndedSession[]> => {
    const rows = await db.query<SealedRow>(
      sql`delete from sessions where ${condition} returning uid, sealed_payload`,
    );
    return rows.map(({ uid, sealedPayload: sealed }) => ({
      uid,
      payload: openPayload(masterSealer, uid, sealed),
    }));
  };

  return {
    /** Until the transaction ends, no other sign-in of this account counts its sessions. */
    async lockAccount(accountId: string): Promise<void> {
      await db.execute(
        sql`select pg_advisory_xact_lock(hashtextextended('sessions ' || ${accountId}::text, 0))`,
      );
    },

    /** Ends the same device's earlier sessions, and the least recently seen ones above the limit. */
    endExcess: (limits: SessionLimits) => endWhere(excess(limits)),

    endOne: (accountId: string, uid: string) =>
      endWhere(sql`account_id = ${accountId} and uid = ${uid}`),

    endAll: (accountId: string, exceptUid: string | null) =>
      endWhere(sql`account_id = ${accountId} and uid is distinct from ${exceptUid}`),

    /** Deletes one batch of rows that ended before `now`, unless another node is doing it. */
    async deleteExpired(now: Date): Promise<{ readonly count: number; readonly isMore: boolean }> {
      const [row] = await db.query<{ count: number }>(sql`
        with purger as materialized (select pg_try_advisory_xact_lock(${PURGE_LOCK}) as is_first),
          gone as (
            delete from sessions where uid in (
              select uid from sessions where expires_at < ${now} and (select is_first from purger)
              limit ${PURGE_ROWS} for update skip locked)
            returning 1)
        select count(*)::int as count from gone`);
      const count = row?.count ?? 0;
      return { count, isMore: count === PURGE_ROWS };
    },
  };
}

export type SessionStore = ReturnType<typeof createSessionStore>;
