import type { Sealer } from '../platform/keys/encryption.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { EndedSession, SessionPayload, SessionSummary } from './session.ts';

/** A live row with its payload opened. */
export interface StoredSession {
  readonly payload: SessionPayload;
  readonly expiresAt: Date;
}

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

/** Rows of `sessions`. `now` decides which of them live. */
export interface SessionStore {
  findByFingerprint(fingerprint: Buffer, now: Date): Promise<StoredSession | null>;
  findByUid(uid: string, now: Date): Promise<StoredSession | null>;
  /** Holds ending and purging of a live row back until the transaction ends. @returns false when there is none. */
  hold(uid: string, now: Date): Promise<boolean>;
  insert(record: SessionRecord): Promise<void>;
  /**
   * Overwrites a row that is still as the caller knew it.
   * @returns false when it was ended or got another id meanwhile: it is not brought back.
   */
  update(record: SessionRecord, known: KnownRow): Promise<boolean>;
  /** Empties a row so that nothing finds it; the same request may fill it again under a new id. */
  retire(fingerprint: Buffer, now: Date): Promise<void>;
  list(accountId: string, now: Date): Promise<readonly SessionSummary[]>;
}

/** How the caller knew a row. */
export interface KnownRow {
  readonly fingerprint: Buffer;
  readonly isRetired: boolean;
}

interface PayloadRow {
  readonly uid: string;
  readonly sealed_payload: Buffer;
  readonly expires_at: Date;
}

/** `db` is the pool or a transaction. */
export function createSessionStore(db: Database, masterSealer: Sealer): SessionStore {
  const open = ([row]: PayloadRow[]): StoredSession | null =>
    row === undefined
      ? null
      : {
          payload: openPayload(masterSealer, row.uid, row.sealed_payload),
          expiresAt: row.expires_at,
        };

  return Object.freeze({
    findByFingerprint: async (fingerprint: Buffer, now: Date) =>
      open(
        await db.query<PayloadRow>({
          name: 'sessions-find',
          text: `select uid, sealed_payload, expires_at from sessions
                 where fingerprint = $1 and expires_at > $2`,
          values: [fingerprint, now],
        }),
      ),
    findByUid: async (uid: string, now: Date) =>
      open(
        await db.query<PayloadRow>({
          name: 'sessions-find-by-uid',
          text: `select uid, sealed_payload, expires_at from sessions
                 where uid = $1 and expires_at > $2`,
          values: [uid, now],
        }),
      ),
    hold: async (uid: string, now: Date) => {
      const rows = await db.query({
        name: 'sessions-hold',
        text: 'select 1 from sessions where uid = $1 and expires_at > $2 for key share',
        values: [uid, now],
      });
      return rows.length > 0;
    },
    insert: async (record: SessionRecord) => {
      await db.query({ ...INSERT, values: recordValues(record, masterSealer) });
    },
    update: async (record: SessionRecord, known: KnownRow) => {
      const values = [...recordValues(record, masterSealer), known.fingerprint, known.isRetired];
      return (await db.query({ ...UPDATE, values })).length > 0;
    },
    retire: async (fingerprint: Buffer, now: Date) => {
      await db.query({
        name: 'sessions-retire',
        text: `update sessions set expires_at = $2, sealed_payload = '' where fingerprint = $1 and expires_at > $2`,
        values: [fingerprint, now],
      });
    },
    list: (accountId: string, now: Date) => listSessions(db, accountId, now),
  });
}

// Two tabs may sign in with the same anonymous session: the later one holds.
const INSERT = {
  name: 'sessions-insert',
  text: `insert into sessions (uid, fingerprint, account_id, device_fingerprint, sealed_payload, ip, user_agent,
           authenticated_at, created_at, last_seen_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10)
         on conflict (uid) do update set
           fingerprint = excluded.fingerprint, account_id = excluded.account_id,
           device_fingerprint = excluded.device_fingerprint, sealed_payload = excluded.sealed_payload,
           ip = excluded.ip, user_agent = excluded.user_agent, authenticated_at = excluded.authenticated_at,
           last_seen_at = excluded.last_seen_at, expires_at = excluded.expires_at`,
};

const UPDATE = {
  name: 'sessions-update',
  text: `update sessions set
           fingerprint = $2, account_id = $3, device_fingerprint = coalesce($4, device_fingerprint),
           sealed_payload = $5, ip = coalesce($6, ip), user_agent = coalesce($7, user_agent),
           authenticated_at = $8, last_seen_at = $9, expires_at = $10
         where uid = $1 and fingerprint = $11 and (expires_at > $9 or $12) returning 1`,
};

function recordValues(record: SessionRecord, masterSealer: Sealer): readonly unknown[] {
  const { uid, payload } = record;
  return [
    uid,
    record.fingerprint,
    payload.accountId ?? null,
    record.deviceFingerprint,
    masterSealer.seal(JSON.stringify(payload), payloadContext(uid)),
    record.ip,
    record.userAgent,
    payload.loginTs === undefined ? null : new Date(payload.loginTs * 1000),
    record.seenAt,
    record.expiresAt,
  ];
}

async function listSessions(
  db: Database,
  accountId: string,
  now: Date,
): Promise<readonly SessionSummary[]> {
  const rows = await db.query<SessionSummary & { authenticatedAt: Date | null }>({
    name: 'sessions-list',
    text: `select uid, created_at as "createdAt", last_seen_at as "lastSeenAt",
             coalesce(authenticated_at, created_at) as "authenticatedAt",
             coalesce(ip, '') as ip, coalesce(user_agent, '') as "userAgent"
           from sessions where account_id = $1 and expires_at > $2
           order by last_seen_at desc, uid`,
    values: [accountId, now],
  });
  return rows;
}

/** Decrypts the payload of the row `uid`. @throws Error when it was tampered with or moved. */
export function openPayload(masterSealer: Sealer, uid: string, sealed: Buffer): SessionPayload {
  return JSON.parse(
    masterSealer.open(sealed, payloadContext(uid)).toString('utf8'),
  ) as SessionPayload;
}

/** The place a payload is sealed for. */
export function payloadContext(uid: string): string {
  return `sessions:sealed_payload:${uid}`;
}

/** Rebuilds the content of an ended row; a row that was retired before has none. */
export function toEndedSession(
  masterSealer: Sealer,
  row: { readonly uid: string; readonly fingerprint: Buffer; readonly sealed_payload: Buffer },
): EndedSession {
  const { uid, fingerprint, sealed_payload: sealed } = row;
  return {
    uid,
    fingerprint,
    payload: sealed.length === 0 ? {} : openPayload(masterSealer, uid, sealed),
  };
}
