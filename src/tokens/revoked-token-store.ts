import type { Database } from '../platform/postgres/postgres.ts';

/** Rows of `revoked_tokens`: access tokens that ended before their time. */
export interface RevokedTokenStore {
  insert(fingerprint: Buffer, expiresAt: Date): Promise<void>;
  has(fingerprint: Buffer): Promise<boolean>;
  /** At most `limit` of those that have not expired at `now`. */
  list(now: Date, limit: number): Promise<readonly Buffer[]>;
}

/** `db` is the pool or a transaction. */
export function createRevokedTokenStore(db: Database): RevokedTokenStore {
  return Object.freeze({
    insert: async (fingerprint: Buffer, expiresAt: Date) => {
      await db.query({
        name: 'revoked_tokens-insert',
        text: `insert into revoked_tokens (fingerprint, expires_at) values ($1, $2)
               on conflict (fingerprint) do nothing`,
        values: [fingerprint, expiresAt],
      });
    },
    has: async (fingerprint: Buffer) => {
      const rows = await db.query({
        name: 'revoked_tokens-has',
        text: 'select 1 from revoked_tokens where fingerprint = $1',
        values: [fingerprint],
      });
      return rows.length > 0;
    },
    list: async (now: Date, limit: number) => {
      const rows = await db.query<{ fingerprint: Buffer }>({
        name: 'revoked_tokens-list',
        text: 'select fingerprint from revoked_tokens where expires_at > $1 limit $2',
        values: [now, limit],
      });
      return rows.map(({ fingerprint }) => fingerprint);
    },
  });
}
