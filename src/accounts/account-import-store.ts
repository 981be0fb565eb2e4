import type { Database } from '../platform/postgres/postgres.ts';
import type { AccountStatus } from './account.ts';

export interface ImportedAccountRow {
  readonly id: string;
  readonly status: AccountStatus;
  readonly statusReason: string | null;
  readonly locale: string | null;
  readonly createdAt: Date;
}

/** Many rows of `accounts` at once. */
export interface AccountImportStore {
  insert(rows: readonly ImportedAccountRow[]): Promise<void>;
  /** Removes rows that `insert` wrote in the same transaction, with all rows that refer to them. */
  remove(ids: readonly string[]): Promise<void>;
}

export function createAccountImportStore(db: Database): AccountImportStore {
  return Object.freeze({
    insert: async (rows: readonly ImportedAccountRow[]) => {
      await db.query({
        name: 'accounts-insert-many',
        text: `insert into accounts (id, status, status_reason, locale, created_at, updated_at)
               select id, status, status_reason, locale, created_at, created_at
               from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
                 as given (id, status, status_reason, locale, created_at)`,
        values: [
          rows.map(({ id }) => id),
          rows.map(({ status }) => status),
          rows.map(({ statusReason }) => statusReason),
          rows.map(({ locale }) => locale),
          rows.map(({ createdAt }) => createdAt),
        ],
      });
    },
    remove: async (ids: readonly string[]) => {
      await db.query({
        name: 'accounts-remove-many',
        text: 'delete from accounts where id = any($1::uuid[])',
        values: [ids],
      });
    },
  } satisfies AccountImportStore);
}
