import type { Sealer } from '../platform/keys/encryption.ts';
import { sql, type SqlStatement } from '../platform/postgres/sql.ts';
import { appSids, type SessionPayload } from './session.ts';

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

/** The other sessions that end because of a new one. */
export interface SessionLimits {
  readonly accountId: string;
  /** The new one, which stays. */
  readonly uid: string;
  readonly deviceFingerprint: Buffer | null;
  /** Maximum number of sessions, including the new one. */
  readonly limit: number;
}

/** One statement that writes a session, announces the change and may record a use. */
export interface SaveStatement {
  readonly record: SessionRecord;
  /** The version that the request read; null: the session is new. */
  readonly version: string | null;
  /** An insert that returns a row unless the use was recorded before; null: nothing is used up. */
  readonly use: ((condition: SqlStatement) => SqlStatement) | null;
  readonly announcement: SqlStatement;
  /** Of the sessions of the account. */
  readonly limit: number;
  /** The session that a new one replaces; null: none. */
  readonly replaced: Replaced | null;
}

/** A session that ends with the statement. */
export interface Replaced {
  readonly uid: string;
  /** As it was read: nothing is written if it was changed since. */
  readonly version: string;
  /** Members of the `with` clause that do the rest for each row of `ended`. */
  readonly consequences: readonly SqlStatement[];
  /** Expressions that announce it. */
  readonly announcements: readonly SqlStatement[];
}

const ALWAYS = sql`true`;

/** May the session be written now? Its row is locked where something else is written before it: both are written or none. */
export function writeCondition({
  record,
  version,
  use,
  limit,
  replaced,
}: SaveStatement): SqlStatement {
  const { uid, deviceFingerprint, seenAt } = record;
  const { accountId = null } = record.payload;
  if (version !== null) {
    return use === null
      ? ALWAYS
      : sql`exists (select 1 from sessions
          where uid = ${uid} and xmin = ${version}::xid and expires_at > ${seenAt} for no key update)`;
  }
  if (accountId === null) return ALWAYS;
  const room = sql`${accountId}::uuid, ${uid}::text, ${deviceFingerprint}::bytea, ${limit}::integer`;
  return replaced === null
    ? sql`has_session_room(${room})`
    : sql`has_session_room(${room}, ${replaced.uid}::text, ${replaced.version}::xid)`;
}

/** Members of the `with` clause that end the replaced session, if there is one. */
export function replacing(replaced: Replaced | null): readonly SqlStatement[] {
  if (replaced === null) return [];
  const ended = sql`ended as (
    delete from sessions where uid = ${replaced.uid} and exists (select 1 from saved) returning uid)`;
  return [ended, ...replaced.consequences];
}

/** The sessions that have to end before the account gets another one. */
export function excess({ accountId, uid, deviceFingerprint, limit }: SessionLimits): SqlStatement {
  return sql`account_id = ${accountId} and uid <> ${uid} and (
    device_fingerprint = ${deviceFingerprint} or uid in (
      select uid from sessions
      where account_id = ${accountId} and uid <> ${uid}
        and device_fingerprint is distinct from ${deviceFingerprint}
      order by last_seen_at desc, uid offset ${Math.max(0, limit - 1)}))`;
}

interface Writing extends Pick<SaveStatement, 'record' | 'version'> {
  readonly condition: SqlStatement;
}

/** Writes a row where `condition` holds and it still has its version. */
export function writing(
  masterSealer: Sealer,
  { record, version, condition }: Writing,
): SqlStatement {
  const { uid, fingerprint, payload, deviceFingerprint, ip, userAgent, seenAt, expiresAt } = record;
  const { accountId = null, loginTs } = payload;
  const sealed = masterSealer.seal(JSON.stringify(payload), payloadContext(uid));
  const authenticatedAt = loginTs === undefined ? null : new Date(loginTs * 1000);
  const sids = JSON.stringify(appSids(payload));
  if (version !== null) {
    return sql`update sessions set fingerprint = ${fingerprint}, account_id = ${accountId},
        device_fingerprint = coalesce(${deviceFingerprint}, device_fingerprint), sealed_payload = ${sealed},
        ip = coalesce(${ip}, ip), user_agent = coalesce(${userAgent}, user_agent), app_sids = ${sids}::jsonb,
        authenticated_at = ${authenticatedAt}, last_seen_at = ${seenAt}, expires_at = ${expiresAt}
      where uid = ${uid} and xmin = ${version}::xid and expires_at > ${seenAt} and ${condition}
      returning xmin::text as version`;
  }
  // Two tabs may sign in with the same anonymous session: the later one stays.
  return sql`insert into sessions (uid, fingerprint, account_id, device_fingerprint, sealed_payload, app_sids, ip, user_agent,
      authenticated_at, created_at, last_seen_at, expires_at)
    select ${uid}::text, ${fingerprint}::bytea, ${accountId}::uuid, ${deviceFingerprint}::bytea, ${sealed}::bytea,
      ${sids}::jsonb, ${ip}::text, ${userAgent}::text, ${authenticatedAt}::timestamptz, ${seenAt}::timestamptz,
      ${seenAt}::timestamptz, ${expiresAt}::timestamptz
    where ${condition}
    on conflict (uid) do update set
      fingerprint = excluded.fingerprint, account_id = excluded.account_id,
      device_fingerprint = excluded.device_fingerprint, sealed_payload = excluded.sealed_payload,
      app_sids = excluded.app_sids, ip = excluded.ip, user_agent = excluded.user_agent, authenticated_at = excluded.authenticated_at,
      last_seen_at = excluded.last_seen_at, expires_at = excluded.expires_at
    returning xmin::text as version`;
}

/** The context that a payload is sealed for. */
export function payloadContext(uid: string): string {
  return `sessions:sealed_payload:${uid}`;
}
