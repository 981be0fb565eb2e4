import type { Database } from '../platform/postgres.ts';

/** Rows of `password_credentials`. */
export interface PasswordStore {
  find(accountId: string): Promise<string | null>;
  save(row: { accountId: string; hash: string; changedAt: Date }): Promise<void>;
  /** Stores the same password under newer parameters; false when it was changed meanwhile. */
  replace(row: { accountId: string; hash: string; previous: string }): Promise<boolean>;
  changedAt(accountId: string): Promise<Date | null>;
}

export function createPasswordStore(db: Database): PasswordStore {
  return Object.freeze({
    find: async (accountId: string) => {
      const [row] = await db.query<{ hash: string }>({
        name: 'password-credentials-find',
        text: 'select hash from password_credentials where account_id = $1',
        values: [accountId],
      });
      return row?.hash ?? null;
    },
    save: async ({ accountId, hash, changedAt }) => {
      await db.query({
        name: 'password-credentials-save',
        text: `insert into password_credentials (account_id, hash, changed_at) values ($1, $2, $3)
               on conflict (account_id) do update set hash = $2, changed_at = $3`,
        values: [accountId, hash, changedAt],
      });
    },
    replace: async ({ accountId, hash, previous }) => {
      const rows = await db.query({
        name: 'password-credentials-replace',
        text: `update password_credentials set hash = $2 where account_id = $1 and hash = $3
               returning account_id`,
        values: [accountId, hash, previous],
      });
      return rows.length > 0;
    },
    changedAt: async (accountId: string) => {
      const [row] = await db.query<{ changed_at: Date }>({
        name: 'password-credentials-changed-at',
        text: 'select changed_at from password_credentials where account_id = $1',
        values: [accountId],
      });
      return row?.changed_at ?? null;
    },
  } satisfies PasswordStore);
}
