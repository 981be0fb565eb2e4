import type { Database } from '../platform/postgres/postgres.ts';
import { sql, type SqlStatement } from '../platform/postgres/sql.ts';
import { ACCOUNT_TABLES, type AccountTable } from './account-tables.ts';

/** The numbers of destroyed rows in a receipt. */
export interface DestroyedCounts {
  readonly values: number;
  readonly identifiers: number;
  readonly decisions: number;
  readonly sessions: number;
}

/** Tables of tokens that refer to their grant and not to their account. */
const ISSUED = ['authorization_codes', 'access_tokens', 'device_codes'];

/** The rows of one account in all tables. `db` is the pool or a transaction. */
export function createAccountDataStore(db: Database) {
  return {
    async count(accountId: string): Promise<DestroyedCounts> {
      const [row] = await db.query<DestroyedCounts>(sql`select
        (select count(*)::int from attributes where account_id = ${accountId}) as values,
        (select count(*)::int from identifiers where account_id = ${accountId}) as identifiers,
        (select count(*)::int from consent_events where account_id = ${accountId}) as decisions,
        (select count(*)::int from sessions where account_id = ${accountId}) as sessions`);
      if (row === undefined) throw new Error('a count has one row');
      return row;
    },

    /** Removes up to `limit` rows of each table that can be long. @returns how many. */
    async removeBatch(accountId: string, limit: number): Promise<number> {
      let removed = 0;
      for (const entry of ACCOUNT_TABLES) {
        if (entry.fate !== 'delete' || entry.inBatches !== true) continue;
        const table = sql.identifier(entry.table);
        const isOfAccount = sql`${sql.identifier(entry.column)} = ${accountId}`;
        const rows = await db.query(sql`delete from ${table} where (tableoid, ctid) in (
            select tableoid, ctid from ${table} where ${isOfAccount} limit ${limit}) and ${isOfAccount} returning 1`);
        removed += rows.length;
      }
      return removed;
    },

    /**
     * Treats the rows as {@link ACCOUNT_TABLES} defines, except those that are deleted together with the row of the
     * account.
     */
    async removeRest(accountId: string): Promise<void> {
      for (const table of ISSUED) {
        // The grants are deleted with the account.
        await db.query(sql`delete from ${sql.identifier(table)}
          where grant_id in (select id from grants where account_id = ${accountId})`);
      }
      for (const entry of ACCOUNT_TABLES) {
        if (entry.fate !== 'delete' && entry.fate !== 'forget') continue;
        await db.query(sql`${changeOf(entry)} where ${conditionOf(entry, accountId)}`);
      }
    },
  };
}

function changeOf(entry: Extract<AccountTable, { fate: 'delete' | 'forget' }>): SqlStatement {
  const table = sql.identifier(entry.table);
  if (entry.fate === 'delete') return sql`delete from ${table}`;
  const columns = [...(entry.keepsId === true ? [] : [entry.column]), ...(entry.also ?? [])];
  const changes = columns.map((column) => sql`${sql.identifier(column)} = null`);
  return sql`update ${table} set ${changes.reduce((all, one) => sql`${all}, ${one}`)}`;
}

// The address of an administrator's action on the account belongs to the administrator, and stays.
function conditionOf({ table, column }: AccountTable, accountId: string): SqlStatement {
  const isOfAccount = sql`${sql.identifier(column)} = ${accountId}`;
  if (table !== 'audit_events' || column !== 'account_id') return isOfAccount;
  return sql`${isOfAccount} and (actor_id is null or actor_id = ${accountId})`;
}
