import type { Database } from '../../platform/postgres/postgres.ts';
import { sql } from '../../platform/postgres/sql.ts';
import type { PasswordRole } from './password-policy.ts';

interface PasswordRow {
  readonly accountId: string;
  readonly hash: string;
  readonly changedAt: Date;
}

/** A new password, and whether it is strong enough as the only factor. */
interface NewPasswordRow extends PasswordRow {
  readonly role: PasswordRole;
}

/** A hash in place of another one; without `changedAt` it is the same password under newer parameters. */
type Replacement = Pick<PasswordRow, 'accountId' | 'hash'> & { readonly previous: string } & (
    | Pick<NewPasswordRow, 'changedAt' | 'role'>
    | { readonly changedAt?: never; readonly role?: never }
  );

interface ImportedPasswordRow extends PasswordRow {
  /** Null: a hash with the parameters of this server. */
  readonly scheme: string | null;
}

/** The part of all passwords that is hashed by one scheme. */
export interface SchemeShare {
  readonly scheme: string;
  /** Above 0, at most 1. */
  readonly share: number;
}

/** Rows of `password_credentials`. */
export function createPasswordStore(db: Database) {
  return {
    async find(accountId: string): Promise<string | null> {
      const [row] = await db.query<PasswordRow>(
        sql`select hash from password_credentials where account_id = ${accountId}`,
      );
      return row?.hash ?? null;
    },

    async changedAt(accountId: string): Promise<Date | null> {
      const [row] = await db.query<PasswordRow>(
        sql`select changed_at from password_credentials where account_id = ${accountId}`,
      );
      return row?.changedAt ?? null;
    },

    async save({ accountId, hash, changedAt }: PasswordRow): Promise<void> {
      await db.execute(sql`insert into password_credentials ${sql.values({ accountId, hash, changedAt })}
        on conflict (account_id) do update set hash = excluded.hash, changed_at = excluded.changed_at, role = 'only_factor',
          scheme = null`);
    },

    /** Is the password strong enough as the only factor? Null without a password. */
    async roleOf(accountId: string): Promise<PasswordRole | null> {
      const [row] = await db.query<NewPasswordRow>(
        sql`select role from password_credentials where account_id = ${accountId}`,
      );
      return row?.role ?? null;
    },

    /** @returns false when the account has a password already. */
    async insertFirst({ accountId, hash, changedAt, role }: NewPasswordRow): Promise<boolean> {
      const row = { accountId, hash, changedAt, role };
      const rows = await db.query(sql`insert into password_credentials ${sql.values(row)}
        on conflict (account_id) do nothing returning account_id`);
      return rows.length > 0;
    },

    /** Stores a hash in place of `previous`. @returns false when the password was changed meanwhile. */
    async replace({ accountId, hash, previous, changedAt, role }: Replacement): Promise<boolean> {
      const rows = await db.query(sql`update password_credentials
        set hash = ${hash}, changed_at = coalesce(${changedAt ?? null}, changed_at),
          role = coalesce(${role ?? null}, role), scheme = null
        where account_id = ${accountId} and hash = ${previous} returning account_id`);
      return rows.length > 0;
    },

    /** Afterwards no password is right. */
    async remove(accountId: string): Promise<void> {
      await db.execute(sql`delete from password_credentials where account_id = ${accountId}`);
    },

    /** Stores hashes of accounts without a password, in one statement. */
    async insertMany(rows: readonly ImportedPasswordRow[]): Promise<void> {
      const column = (name: keyof ImportedPasswordRow) => rows.map((row) => row[name]);
      await db.execute(sql`insert into password_credentials (account_id, hash, scheme, changed_at)
        select * from unnest(${column('accountId')}::uuid[], ${column('hash')}::text[], ${column('scheme')}::text[],
          ${column('changedAt')}::timestamptz[])`);
    },

    /** The kinds of imported hashes that have not been used since the import, as shares of all passwords. */
    schemeShares: (): Promise<SchemeShare[]> =>
      db.query(sql`select scheme, count(*)::float8 / (select count(*) from password_credentials) as share
        from password_credentials where scheme is not null group by scheme order by scheme`),
  };
}
