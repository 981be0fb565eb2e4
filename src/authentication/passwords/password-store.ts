import type { Database } from '../../platform/postgres/postgres.ts';

/** Rows of `password_credentials`. */
export interface PasswordStore {
  find(accountId: string): Promise<string | null>;
  save(row: { accountId: string; hash: string; changedAt: Date }): Promise<void>;
  /** Stores a new password in place of the one whose hash is `previous`; false when that was changed meanwhile. */
  change(row: {
    accountId: string;
    hash: string;
    previous: string;
    changedAt: Date;
  }): Promise<boolean>;
  /** Stores the same password under newer parameters; false when it was changed meanwhile. */
  replace(row: { accountId: string; hash: string; previous: string }): Promise<boolean>;
  changedAt(accountId: string): Promise<Date | null>;
  /** Hashes of accounts that have none yet, in one statement. */
  insertMany(rows: readonly ImportedPasswordRow[]): Promise<void>;
  /** The kinds of imported hashes that have not been used since the import, as parts of all passwords. */
  schemeShares(): Promise<SchemeShare[]>;
}

export interface ImportedPasswordRow {
  readonly accountId: string;
  readonly hash: string;
  /** Null: made as this server makes them. */
  readonly scheme: string | null;
  readonly changedAt: Date;
}

export interface SchemeShare {
  readonly scheme: string;
  /** Above 0, at most 1. */
  readonly share: number;
}

export function createPasswordStore(db: Database): PasswordStore {
  return Object.freeze({
    ...imported(db),
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
               on conflict (account_id) do update set hash = $2, changed_at = $3, scheme = null`,
        values: [accountId, hash, changedAt],
      });
    },
    change: async ({ accountId, hash, previous, changedAt }) => {
      const rows = await db.query({
        name: 'password-credentials-change',
        text: `update password_credentials set hash = $2, changed_at = $4, scheme = null
               where account_id = $1 and hash = $3 returning account_id`,
        values: [accountId, hash, previous, changedAt],
      });
      return rows.length > 0;
    },
    replace: async ({ accountId, hash, previous }) => {
      const rows = await db.query({
        name: 'password-credentials-replace',
        text: `update password_credentials set hash = $2, scheme = null where account_id = $1 and hash = $3
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

function imported(db: Database): Pick<PasswordStore, 'insertMany' | 'schemeShares'> {
  return {
    insertMany: async (rows) => {
      await db.query({
        name: 'password-credentials-insert-many',
        text: `insert into password_credentials (account_id, hash, scheme, changed_at)
               select * from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[])`,
        values: [
          rows.map(({ accountId }) => accountId),
          rows.map(({ hash }) => hash),
          rows.map(({ scheme }) => scheme),
          rows.map(({ changedAt }) => changedAt),
        ],
      });
    },
    schemeShares: () =>
      db.query<SchemeShare>({
        name: 'password-credentials-scheme-shares',
        text: `select scheme, count(*)::float8 / (select count(*) from password_credentials) as share
               from password_credentials where scheme is not null group by scheme order by scheme`,
      }),
  };
}
