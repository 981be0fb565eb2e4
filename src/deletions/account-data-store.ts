import type { Database } from '../platform/postgres/postgres.ts';
import { ACCOUNT_TABLES, type AccountTable } from './account-tables.ts';

/** The numbers that a purge counts for its receipt. */
export interface DestroyedCounts {
  readonly values: number;
  readonly identifiers: number;
  readonly decisions: number;
  readonly sessions: number;
}

/** The rows of one account, wherever they are. */
export interface AccountDataStore {
  count(accountId: string): Promise<DestroyedCounts>;
  /** Removes up to `limit` rows of the tables that can be long. @returns how many. */
  removeBatch(accountId: string, limit: number): Promise<number>;
  /** Treats rows as {@link ACCOUNT_TABLES} demands, except those that are deleted together with the account's own row. */
  removeRest(accountId: string): Promise<void>;
}

const COUNTED = {
  values: 'attributes',
  identifiers: 'identifiers',
  decisions: 'consent_events',
  sessions: 'sessions',
} as const satisfies Record<keyof DestroyedCounts, string>;

/** `db` is the pool or a transaction. Names of tables and columns come from our own list. */
export function createAccountDataStore(db: Database): AccountDataStore {
  const change = async (text: string, name: string, values: readonly unknown[]): Promise<number> =>
    (await db.query({ name, text, values })).length;

  return Object.freeze({
    count: async (accountId: string) => {
      const columns = Object.entries(COUNTED).map(
        ([name, table]) =>
          `(select count(*)::int from ${table} where account_id = $1) as "${name}"`,
      );
      const [row] = await db.query<DestroyedCounts>({
        name: 'account-data-count',
        text: `select ${columns.join(', ')}`,
        values: [accountId],
      });
      if (row === undefined) throw new Error('a count has one row');
      return row;
    },
    removeBatch: async (accountId: string, limit: number) => {
      let removed = 0;
      for (const { table, column } of ACCOUNT_TABLES.filter(isLong)) {
        removed += await change(
          `delete from ${table} where (tableoid, ctid) in (
             select tableoid, ctid from ${table} where ${column} = $1 limit $2) and ${column} = $1 returning 1`,
          `account-data-batch-${table}`,
          [accountId, limit],
        );
      }
      return removed;
    },
    removeRest: async (accountId: string) => {
      // Tokens refer to their grant and not to their account, and the grants are deleted with the account.
      for (const table of ['authorization_codes', 'access_tokens', 'device_codes']) {
        await change(
          `delete from ${table} where grant_id in (select id from grants where account_id = $1) returning 1`,
          `account-data-issued-${table}`,
          [accountId],
        );
      }
      for (const entry of ACCOUNT_TABLES) {
        if (entry.fate === 'cascade' || entry.fate === 'keep') continue;
        const name = `account-data-${entry.table}-${entry.column}`;
        await change(`${statementOf(entry)} where ${conditionOf(entry)} returning 1`, name, [
          accountId,
        ]);
      }
    },
  });
}

function isLong(entry: AccountTable): boolean {
  return entry.fate === 'delete' && entry.inBatches === true;
}

function statementOf(entry: Exclude<AccountTable, { fate: 'cascade' | 'keep' }>): string {
  if (entry.fate === 'delete') return `delete from ${entry.table}`;
  const columns = [...(entry.keepsId === true ? [] : [entry.column]), ...(entry.also ?? [])];
  return `update ${entry.table} set ${columns.map((column) => `${column} = null`).join(', ')}`;
}

// The address of an administrator's action on the account is the administrator's, and stays.
function conditionOf(entry: AccountTable): string {
  const isAboutAnother = entry.table === 'audit_events' && entry.column === 'account_id';
  return `${entry.column} = $1${isAboutAnother ? ' and (actor_id is null or actor_id = $1)' : ''}`;
}
