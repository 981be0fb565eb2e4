import type { Database } from '../../platform/postgres/postgres.ts';
import type { WrappedAccountKey } from './account-key.ts';

/** A row of `account_keys`. */
export interface AccountKeyRow extends WrappedAccountKey {
  readonly accountId: string;
  readonly createdAt: Date;
}

/** Rows of `account_keys`. */
export interface AccountKeyStore {
  insertMany(rows: readonly AccountKeyRow[]): Promise<void>;
  /** Null when the account never had a key, or it was destroyed. */
  find(accountId: string): Promise<WrappedAccountKey | null>;
  /** As `find`; until the transaction ends no other request changes values of this account. */
  lock(accountId: string): Promise<WrappedAccountKey | null>;
  /** Removes the row; its leaf is noted to be destroyed (`leaves_to_destroy`). */
  remove(accountId: string): Promise<void>;
  /** Replaces the wrapping of the key. */
  replace(accountId: string, key: WrappedAccountKey): Promise<void>;
  /** Numbers of leaves that were never given before; none while new keys are still wrapped by a master key. */
  takeLeaves(wanted: WantedLeaves): Promise<number[]>;
  /** In the order of the accounts, from behind `after`. */
  listLeaves(after: string | null, limit: number): Promise<{ accountId: string; leaf: number }[]>;
  /** Keys that a master key still wraps. */
  listUnmoved(limit: number): Promise<UnmovedKey[]>;
  /** Replaces those that are still as they were read. */
  replaceUnmoved(rows: readonly MovedKey[]): Promise<void>;
  /** By the version of the master key. */
  countUnmoved(): Promise<ReadonlyMap<number, number>>;
}

/** Leaves from this one on are for temporary accounts. */
export const FIRST_TEMPORARY_LEAF = 2 ** 43;

export interface WantedLeaves {
  readonly count: number;
  /** For accounts that are gone within a day unless they are confirmed. Default: for lasting ones. */
  readonly isTemporary?: true;
}

/** A key that no leaf wraps yet. */
export interface UnmovedKey {
  readonly accountId: string;
  readonly wrappedKey: Buffer;
}

export interface MovedKey {
  readonly accountId: string;
  readonly before: Buffer;
  readonly after: WrappedAccountKey;
}

/** As the columns `wrapped_key` and `leaf` come from the database. */
export interface RawAccountKey {
  readonly wrapped_key: Buffer;
  readonly leaf: string | null;
}

/** Reads those two columns. */
export function toWrappedKey({ wrapped_key: wrappedKey, leaf }: RawAccountKey): WrappedAccountKey {
  return { wrappedKey, leaf: leaf === null ? null : Number(leaf) };
}

export function createAccountKeyStore(db: Database): AccountKeyStore {
  return Object.freeze({
    insertMany: async (rows) => {
      await db.query({
        name: 'account-keys-insert-many',
        text: `insert into account_keys (account_id, wrapped_key, leaf, created_at)
               select * from unnest($1::uuid[], $2::bytea[], $3::bigint[], $4::timestamptz[])`,
        values: [
          rows.map(({ accountId }) => accountId),
          rows.map(({ wrappedKey }) => wrappedKey),
          rows.map(({ leaf }) => leaf),
          rows.map(({ createdAt }) => createdAt),
        ],
      });
    },
    find: async (accountId: string) => {
      const [row] = await db.query<RawAccountKey>({
        name: 'account-keys-find',
        text: 'select wrapped_key, leaf::text from account_keys where account_id = $1',
        values: [accountId],
      });
      return row === undefined ? null : toWrappedKey(row);
    },
    lock: async (accountId: string) => {
      const [row] = await db.query<RawAccountKey>({
        name: 'account-keys-lock',
        text: 'select wrapped_key, leaf::text from account_keys where account_id = $1 for update',
        values: [accountId],
      });
      return row === undefined ? null : toWrappedKey(row);
    },
    remove: async (accountId: string) => {
      await db.query({
        name: 'account-keys-remove',
        text: 'delete from account_keys where account_id = $1',
        values: [accountId],
      });
    },
    replace: async (accountId, { wrappedKey, leaf }) => {
      await db.query({
        name: 'account-keys-replace',
        text: 'update account_keys set wrapped_key = $2, leaf = $3 where account_id = $1',
        values: [accountId, wrappedKey, leaf],
      });
    },
    ...numbering(db),
    ...moving(db),
  } satisfies AccountKeyStore);
}

function numbering(db: Database): Pick<AccountKeyStore, 'takeLeaves' | 'listLeaves'> {
  return {
    takeLeaves: async ({ count, isTemporary }) => {
      const sequence = isTemporary === true ? 'temporary_key_leaves' : 'account_key_leaves';
      const rows = await db.query<{ leaf: string }>({
        name: `account-keys-take-${sequence}`,
        text: `select nextval('${sequence}')::text as leaf from generate_series(1, $1)
               where exists (select from installation where uses_leaves)`,
        values: [count],
      });
      return rows.map(({ leaf }) => Number(leaf));
    },
    listLeaves: async (after, limit) => {
      const rows = await db.query<{ account_id: string; leaf: string }>({
        name: 'account-keys-list-leaves',
        text: `select account_id, leaf::text from account_keys
               where account_keys.leaf is not null and ($1::uuid is null or account_id > $1)
               order by account_id limit $2`,
        values: [after, limit],
      });
      return rows.map(({ account_id: accountId, leaf }) => ({ accountId, leaf: Number(leaf) }));
    },
  };
}

function moving(
  db: Database,
): Pick<AccountKeyStore, 'listUnmoved' | 'replaceUnmoved' | 'countUnmoved'> {
  return {
    listUnmoved: (limit) =>
      db.query<UnmovedKey>({
        name: 'account-keys-list-unmoved',
        text: `select account_id as "accountId", wrapped_key as "wrappedKey" from account_keys
               where leaf is null limit $1`,
        values: [limit],
      }),
    replaceUnmoved: async (rows) => {
      await db.query({
        name: 'account-keys-replace-unmoved',
        text: `update account_keys set wrapped_key = moved.after, leaf = moved.leaf
               from unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::bigint[])
                 as moved (account_id, before, after, leaf)
               where account_keys.account_id = moved.account_id and account_keys.leaf is null
                 and account_keys.wrapped_key = moved.before`,
        values: [
          rows.map(({ accountId }) => accountId),
          rows.map(({ before }) => before),
          rows.map(({ after }) => after.wrappedKey),
          rows.map(({ after }) => after.leaf),
        ],
      });
    },
    countUnmoved: async () => {
      const rows = await db.query<{ version: Buffer; count: number }>({
        name: 'account-keys-count-unmoved',
        text: `select substring(wrapped_key from 1 for 4) as version, count(*)::int as count
               from account_keys where leaf is null group by 1`,
      });
      return new Map(rows.map(({ version, count }) => [version.readUInt32BE(0), count]));
    },
  };
}
