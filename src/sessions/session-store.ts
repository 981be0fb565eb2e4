import type { Sealer } from '../platform/keys/encryption.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import { sql, type SqlStatement } from '../platform/postgres/sql.ts';
import type { SessionPayload, SessionSummary, StoredSession } from './session.ts';

/** The members that are written. */
export interface SessionRecord {
  readonly uid: string;
  readonly fingerprint: Buffer;
  readonly payload: SessionPayload;
  readonly deviceFingerprint: Buffer | null;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly seenAt: Date;
  readonly expiresAt: Date;
}

/** The row that a request read before it writes. */
export interface KnownRow {
  readonly fingerprint: Buffer;
  readonly isRetired: boolean;
}

/** One statement that writes a session, announces the change and may record a use. */
interface SaveStatement {
  readonly record: SessionRecord;
  /** Null: the session is new. */
  readonly known: KnownRow | null;
  /** An insert that returns a row unless the use was recorded before; null: nothing is used up. */
  readonly use: ((condition: SqlStatement) => SqlStatement) | null;
  readonly announcement: SqlStatement;
  /** Of the sessions of the account. */
  readonly limit: number;
}

/** Which other sessions give way to a new one. */
interface SessionLimits {
  readonly accountId: string;
  /** The new one, which stays. */
  readonly uid: string;
  readonly deviceFingerprint: Buffer | null;
  /** How many may stay, the new one included. */
  readonly limit: number;
}

/** An ended session. */
export interface EndedSession {
  readonly uid: string;
  /** Empty for a row that was retired before. */
  readonly payload: SessionPayload;
}

interface SealedRow {
  readonly uid: string;
  readonly sealedPayload: Buffer;
  readonly expiresAt: Date;
}

const PURGE_ROWS = 2_000;
const PURGE_LOCK = 7_264_011;
const ALWAYS = sql`true`;

/** Rows of `sessions`. `now` decides which of them live. `db` is the pool or a transaction. */
export function createSessionStore(db: Database, masterSealer: Sealer) {
  const open = ([row]: readonly SealedRow[]): StoredSession | null =>
    row === undefined
      ? null
      : {
          payload: openPayload(masterSealer, row.uid, row.sealedPayload),
          expiresAt: row.expiresAt.getTime(),
        };
  return {
    ...ending(db, masterSealer),

    async findByFingerprint(fingerprint: Buffer, now: Date): Promise<StoredSession | null> {
      return open(
        await db.query(sql`select uid, sealed_payload, expires_at from sessions
          where fingerprint = ${fingerprint} and expires_at > ${now}`),
      );
    },

    async findByUid(uid: string, now: Date): Promise<StoredSession | null> {
      return open(
        await db.query(sql`select uid, sealed_payload, expires_at from sessions
          where uid = ${uid} and expires_at > ${now}`),
      );
    },

    /** Prevents the end and the purge of a live row until the transaction ends. @returns false when there is none. */
    async lock(uid: string, now: Date): Promise<boolean> {
      const rows = await db.query(
        sql`select 1 from sessions where uid = ${uid} and expires_at > ${now} for key share`,
      );
      return rows.length > 0;
    },

    /**
     * `saved`: it was written. `ended`: it was ended or got another id since it was read; the use is recorded. `refused`:
     * nothing was done, because the use was recorded before, or because a new session has to end others or to wait for another
     * sign-in of the account.
     */
    async save(input: SaveStatement): Promise<'saved' | 'ended' | 'refused'> {
      const { record, known, use, announcement, limit } = input;
      const { accountId = null } = record.payload;
      const hasRoom =
        known === null && accountId !== null
          ? sql`has_session_room(${accountId}::uuid, ${record.uid}::text, ${record.deviceFingerprint}::bytea,
              ${limit}::integer)`
          : ALWAYS;
      const mayWrite = sql`(select is_free from room)`;
      const isUsed = sql`exists (select 1 from used)`;
      const used = use?.(mayWrite) ?? sql`select 1 from room where is_free`;
      const [row] = await db.query<{ isUsed: boolean; isSaved: boolean }>(sql`
        with room as materialized (select ${hasRoom} as is_free),
          used as (${used}),
          saved as (${writing(masterSealer, { record, known, condition: isUsed })})
        select ${isUsed} as is_used, exists (select 1 from saved) as is_saved, (select ${announcement} from saved)`);
      if (row?.isSaved === true) return 'saved';
      return row?.isUsed === true ? 'ended' : 'refused';
    },

    /** Is this record stored? The question after a statement whose answer was lost. */
    async isSaved({ uid, fingerprint, seenAt }: SessionRecord): Promise<boolean> {
      const rows = await db.query(sql`select 1 from sessions
        where uid = ${uid} and fingerprint = ${fingerprint} and last_seen_at = ${seenAt}`);
      return rows.length > 0;
    },

    /** Writes a session as {@link save} does, in a transaction that does the rest. @returns whether it was written. */
    async write(record: SessionRecord, known: KnownRow | null): Promise<boolean> {
      const rows = await db.query(writing(masterSealer, { record, known, condition: ALWAYS }));
      return rows.length > 0;
    },

    /**
     * Empties a row so that it is no longer found; the same request may fill it again under a new id. By uid, because another request
     * may have given it another id since this one read it: a sign-out ends it all the same.
     */
    async retire(uid: string, now: Date): Promise<void> {
      await db.execute(sql`update sessions set expires_at = ${now}, sealed_payload = ''
        where uid = ${uid} and expires_at > ${now}`);
    },

    list: (accountId: string, now: Date): Promise<SessionSummary[]> =>
      db.query(sql`select uid, created_at, last_seen_at, coalesce(authenticated_at, created_at) as authenticated_at,
          coalesce(ip, '') as ip, coalesce(user_agent, '') as user_agent
        from sessions where account_id = ${accountId} and expires_at > ${now}
        order by last_seen_at desc, uid`),
  };
}

/** Deletes rows and returns their content: the grants of an ended session must be revoked in the same transaction. */
function ending(db: Database, masterSealer: Sealer) {
  const endWhere = async (condition: SqlStatement): Promise<readonly EndedSession[]> => {
    const rows = await db.query<SealedRow>(
      sql`delete from sessions where ${condition} returning uid, sealed_payload`,
    );
    return rows.map(({ uid, sealedPayload: sealed }) => ({
      uid,
      payload: sealed.length === 0 ? {} : openPayload(masterSealer, uid, sealed),
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
    endExcess: ({ accountId, uid, deviceFingerprint, limit }: SessionLimits) =>
      endWhere(sql`account_id = ${accountId} and uid <> ${uid} and (
        device_fingerprint = ${deviceFingerprint} or uid in (
          select uid from sessions
          where account_id = ${accountId} and uid <> ${uid}
            and device_fingerprint is distinct from ${deviceFingerprint}
          order by last_seen_at desc, uid offset ${Math.max(0, limit - 1)}))`),

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

interface Writing extends Pick<SaveStatement, 'record' | 'known'> {
  readonly condition: SqlStatement;
}

function writing(masterSealer: Sealer, { record, known, condition }: Writing): SqlStatement {
  const { uid, fingerprint, payload, deviceFingerprint, ip, userAgent, seenAt, expiresAt } = record;
  const { accountId = null, loginTs } = payload;
  const sealed = masterSealer.seal(JSON.stringify(payload), payloadContext(uid));
  const authenticatedAt = loginTs === undefined ? null : new Date(loginTs * 1000);
  if (known !== null) {
    return sql`update sessions set fingerprint = ${fingerprint}, account_id = ${accountId},
        device_fingerprint = coalesce(${deviceFingerprint}, device_fingerprint), sealed_payload = ${sealed},
        ip = coalesce(${ip}, ip), user_agent = coalesce(${userAgent}, user_agent),
        authenticated_at = ${authenticatedAt}, last_seen_at = ${seenAt}, expires_at = ${expiresAt}
      where uid = ${uid} and fingerprint = ${known.fingerprint}
        and (expires_at > ${seenAt} or ${known.isRetired}) and ${condition} returning uid`;
  }
  // Two tabs may sign in with the same anonymous session: the later one stays.
  return sql`insert into sessions (uid, fingerprint, account_id, device_fingerprint, sealed_payload, ip, user_agent,
      authenticated_at, created_at, last_seen_at, expires_at)
    select ${uid}::text, ${fingerprint}::bytea, ${accountId}::uuid, ${deviceFingerprint}::bytea, ${sealed}::bytea,
      ${ip}::text, ${userAgent}::text, ${authenticatedAt}::timestamptz, ${seenAt}::timestamptz,
      ${seenAt}::timestamptz, ${expiresAt}::timestamptz
    where ${condition}
    on conflict (uid) do update set
      fingerprint = excluded.fingerprint, account_id = excluded.account_id,
      device_fingerprint = excluded.device_fingerprint, sealed_payload = excluded.sealed_payload,
      ip = excluded.ip, user_agent = excluded.user_agent, authenticated_at = excluded.authenticated_at,
      last_seen_at = excluded.last_seen_at, expires_at = excluded.expires_at
    returning uid`;
}

/** The context that a payload is sealed for. */
export function payloadContext(uid: string): string {
  return `sessions:sealed_payload:${uid}`;
}

/** @throws Error when it was tampered with or moved. */
function openPayload(masterSealer: Sealer, uid: string, sealed: Buffer): SessionPayload {
  const text = masterSealer.open(sealed, payloadContext(uid)).toString('utf8');
  return JSON.parse(text) as SessionPayload;
}
