import type { Sealer } from '../platform/keys/encryption.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import { sql } from '../platform/postgres/sql.ts';
import { openPayload } from './open-payload.ts';
import type { SessionLife } from './session-life.ts';
import type { ListedSession } from './session.ts';

interface Shortening {
  readonly accountId: string;
  readonly life: SessionLife;
  readonly now: Date;
}

type ListedRow = Omit<ListedSession, 'payload'> & { readonly sealedPayload: Buffer };

/** The rows of `sessions` of one account. `db` is the pool or a transaction. */
export function createAccountSessionStore(db: Database, masterSealer: Sealer) {
  return {
    /** Live sessions, the most recently seen first. */
    async list(accountId: string, now: Date): Promise<readonly ListedSession[]> {
      const rows = await db.query<ListedRow>(sql`select uid, created_at, last_seen_at, expires_at,
          coalesce(authenticated_at, created_at) as authenticated_at, coalesce(ip, '') as ip,
          coalesce(user_agent, '') as user_agent, sealed_payload
        from sessions where account_id = ${accountId} and expires_at > ${now}
        order by last_seen_at desc, uid`);
      return rows.map(({ sealedPayload, ...row }) => ({
        ...row,
        payload: openPayload(masterSealer, row.uid, sealedPayload),
      }));
    },

    /** Moves the ends of the sessions of an account forward, never back. @returns their uids. */
    async shorten({ accountId, life, now }: Shortening): Promise<readonly string[]> {
      const rows = await db.query<{ uid: string }>(sql`update sessions
        set expires_at = least(expires_at, ${now}::timestamptz + make_interval(secs => ${life.idle}::integer),
          coalesce(authenticated_at, created_at) + make_interval(secs => ${life.total}::integer))
        where account_id = ${accountId} returning uid`);
      return rows.map(({ uid }) => uid);
    },
  };
}
