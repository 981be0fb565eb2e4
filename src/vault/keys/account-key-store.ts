import type { Database } from '../../platform/postgres/postgres.ts';
import { sql } from '../../platform/postgres/sql.ts';
import type { WrappedAccountKey } from './account-key.ts';

interface AccountKeyRow extends WrappedAccountKey {
  readonly accountId: string;
  readonly createdAt: Date;
}

/** Leaves with this number and higher are for temporary accounts. */
export const FIRST_TEMPORARY_LEAF = 2 ** 43;

/** Leaves of the key tree to reserve, one for each new account. */
export interface WantedLeaves {
  readonly count: number;
  /** For accounts that are removed within a day unless they are confirmed. Default: for lasting ones. */
  readonly isTemporary?: boolean;
}

/** A key that is not wrapped by a leaf yet. */
export interface UnmovedKey {
  readonly accountId: string;
  readonly wrappedKey: Buffer;
}

/** The columns of {@link WrappedAccountKey}. A leaf has 44 bits, which a float8 holds exactly. */
export const KEY_COLUMNS = sql`account_keys.wrapped_key, account_keys.leaf::float8 as leaf`;

/** Rows of `account_keys`, and of `leaves_to_destroy`, which a trigger writes when a row of `account_keys` is deleted. */
export function createAccountKeyStore(db: Database) {
  return {
    async insertMany(rows: readonly AccountKeyRow[]): Promise<void> {
      await db.execute(sql`insert into account_keys (account_id, wrapped_key, leaf, created_at)
        select * from unnest(${rows.map(({ accountId }) => accountId)}::uuid[],
          ${rows.map(({ wrappedKey }) => wrappedKey)}::bytea[], ${rows.map(({ leaf }) => leaf)}::bigint[],
          ${rows.map(({ createdAt }) => createdAt)}::timestamptz[])`);
    },

    /** Null when the account never had a key, or it was destroyed. */
    async find(accountId: string): Promise<WrappedAccountKey | null> {
      const [row] = await db.query<WrappedAccountKey>(
        sql`select ${KEY_COLUMNS} from account_keys where account_id = ${accountId}`,
      );
      return row ?? null;
    },

    /** As `find`; until the transaction ends no other request changes values of this account. */
    async lock(accountId: string): Promise<WrappedAccountKey | null> {
      const [row] = await db.query<WrappedAccountKey>(
        sql`select ${KEY_COLUMNS} from account_keys where account_id = ${accountId} for update`,
      );
      return row ?? null;
    },

    async remove(accountId: string): Promise<void> {
      await db.execute(sql`delete from account_keys where account_id = ${accountId}`);
    },

    /** Replaces the wrapping of the key. The previous leaf is destroyed a minute later. */
    async replace(accountId: string, key: WrappedAccountKey, previousLeaf: number): Promise<void> {
      await db.execute(sql`with replaced as (
          update account_keys set wrapped_key = ${key.wrappedKey}, leaf = ${key.leaf} where account_id = ${accountId})
        insert into leaves_to_destroy (leaf, created_at) values (${previousLeaf}, now() + interval '1 minute')`);
    },

    /** Unused leaf numbers; none while a master key still wraps new keys. */
    async takeLeaves({ count, isTemporary = false }: WantedLeaves): Promise<number[]> {
      const sequence = isTemporary ? 'temporary_key_leaves' : 'account_key_leaves';
      const rows = await db.query<{
        leaf: number;
      }>(sql`select nextval(${sequence}::regclass)::float8 as leaf
        from generate_series(1, ${count}::int) where exists (select from installation where uses_leaves)`);
      return rows.map(({ leaf }) => leaf);
    },

    /** Ordered by account, only accounts after `after`. */
    listLeaves(after: string | null, limit: number) {
      return db.query<{
        accountId: string;
        leaf: number;
      }>(sql`select account_id, leaf::float8 as leaf
        from account_keys where account_keys.leaf is not null and (${after}::uuid is null or account_id > ${after}::uuid)
        order by account_id limit ${limit}`);
    },

    /** Keys that a master key still wraps. */
    listUnmoved(limit: number): Promise<UnmovedKey[]> {
      return db.query<UnmovedKey>(
        sql`select account_id, wrapped_key from account_keys where leaf is null limit ${limit}`,
      );
    },

    /** Replaces the keys that did not change since they were read. */
    async replaceUnmoved(
      rows: readonly {
        readonly accountId: string;
        readonly before: Buffer;
        readonly after: WrappedAccountKey;
      }[],
    ): Promise<void> {
      await db.execute(sql`update account_keys set wrapped_key = moved.after, leaf = moved.leaf
        from unnest(${rows.map(({ accountId }) => accountId)}::uuid[], ${rows.map(({ before }) => before)}::bytea[],
            ${rows.map(({ after }) => after.wrappedKey)}::bytea[], ${rows.map(({ after }) => after.leaf)}::bigint[])
          as moved (account_id, before, after, leaf)
        where account_keys.account_id = moved.account_id and account_keys.leaf is null
          and account_keys.wrapped_key = moved.before`);
    },

    /** Version of the master key -> number of keys that it still wraps. */
    async countUnmoved(): Promise<ReadonlyMap<number, number>> {
      const rows = await db.query<{ version: Buffer; count: number }>(
        sql`select substring(wrapped_key from 1 for 4) as version, count(*)::int as count
          from account_keys where leaf is null group by 1`,
      );
      return new Map(rows.map(({ version, count }) => [version.readUInt32BE(0), count]));
    },

    /** Leaves that are due to be destroyed, the oldest first. */
    async listDueLeaves(limit: number): Promise<number[]> {
      const rows = await db.query<{
        leaf: number;
      }>(sql`select leaf::float8 as leaf from leaves_to_destroy
        where created_at <= now() order by created_at, leaves_to_destroy.leaf limit ${limit}`);
      return rows.map(({ leaf }) => leaf);
    },

    async removeDueLeaves(leaves: readonly number[]): Promise<void> {
      await db.execute(sql`delete from leaves_to_destroy where leaf = any(${leaves}::bigint[])`);
    },
  };
}
