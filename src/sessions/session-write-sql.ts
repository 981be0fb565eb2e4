import type { Sealer } from '../platform/keys/encryption.ts';
import { sql, type SqlStatement } from '../platform/postgres/sql.ts';
import type { SessionPayload } from './session.ts';

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
}

const ALWAYS = sql`true`;

/** May the session be written now? Its row is locked where something else is written before it: both are written or none. */
export function writeCondition({ record, version, use, limit }: SaveStatement): SqlStatement {
  const { uid, deviceFingerprint, seenAt } = record;
  const { accountId = null } = record.payload;
  if (version !== null) {
    return use === null
      ? ALWAYS
      : sql`exists (select 1 from sessions
          where uid = ${uid} and xmin = ${version}::xid and expires_at > ${seenAt} for no key update)`;
  }
  return accountId === null
    ? ALWAYS
    : sql`has_session_room(${accountId}::uuid, ${uid}::text, ${deviceFingerprint}::bytea, ${limit}::integer)`;
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
  if (version !== null) {
    return sql`update sessions set fingerprint = ${fingerprint}, account_id = ${accountId},
        device_fingerprint = coalesce(${deviceFingerprint}, device_fingerprint), sealed_payload = ${sealed},
        ip = coalesce(${ip}, ip), user_agent = coalesce(${userAgent}, user_agent),
        authenticated_at = ${authenticatedAt}, last_seen_at = ${seenAt}, expires_at = ${expiresAt}
      where uid = ${uid} and xmin = ${version}::xid and expires_at > ${seenAt} and ${condition}
      returning xmin::text as version`;
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
    returning xmin::text as version`;
}

/** The context that a payload is sealed for. */
export function payloadContext(uid: string): string {
  return `sessions:sealed_payload:${uid}`;
}
