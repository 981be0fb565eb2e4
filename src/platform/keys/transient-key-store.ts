import type { Database } from '../postgres/postgres.ts';

/** One row of `key_store.transient_keys`. */
export interface TransientKeyRow {
  readonly version: number;
  readonly wrappedKey: Buffer;
  readonly createdAt: Date;
}

export interface TransientKeyStore {
  /** The newest first. */
  list(): Promise<TransientKeyRow[]>;
  /** Makes every other node wait until the transaction ends. */
  lock(): Promise<void>;
  insert(row: TransientKeyRow): Promise<void>;
  /** Destroys keys that have had a successor since before `before`. @returns how many. */
  removeReplacedBefore(before: Date): Promise<number>;
  /** Destroys every version below this one. */
  removeOlder(version: number): Promise<void>;
}

const LOCK_KEY = 7_264_021;

export function createTransientKeyStore(db: Database): TransientKeyStore {
  return Object.freeze({
    list: () =>
      db.query<TransientKeyRow>({
        name: 'transient-keys-list',
        text: `select version, wrapped_key as "wrappedKey", created_at as "createdAt"
               from key_store.transient_keys order by version desc`,
      }),
    lock: async () => {
      await db.query({
        name: 'transient-keys-lock',
        text: 'select pg_advisory_xact_lock($1)',
        values: [LOCK_KEY],
      });
    },
    insert: async ({ version, wrappedKey, createdAt }) => {
      await db.query({
        name: 'transient-keys-insert',
        text: 'insert into key_store.transient_keys (version, wrapped_key, created_at) values ($1, $2, $3)',
        values: [version, wrappedKey, createdAt],
      });
    },
    removeReplacedBefore: async (before: Date) => {
      const rows = await db.query({
        name: 'transient-keys-remove-replaced-before',
        text: `delete from key_store.transient_keys as old where exists (
                 select from key_store.transient_keys as successor
                 where successor.version > old.version and successor.created_at < $1)
               returning 1`,
        values: [before],
      });
      return rows.length;
    },
    removeOlder: async (version: number) => {
      await db.query({
        name: 'transient-keys-remove-older',
        text: 'delete from key_store.transient_keys where version < $1',
        values: [version],
      });
    },
  } satisfies TransientKeyStore);
}

/** The table `transient_keys` of the main database, where they were before there was a key store. */
export interface FormerKeyStore {
  list(): Promise<TransientKeyRow[]>;
  removeBefore(before: Date): Promise<void>;
  removeAll(): Promise<void>;
}

export function createFormerKeyStore(db: Database): FormerKeyStore {
  return Object.freeze({
    list: () =>
      db.query<TransientKeyRow>({
        name: 'former-transient-keys-list',
        text: `select version, wrapped_key as "wrappedKey", created_at as "createdAt"
               from transient_keys order by version`,
      }),
    removeBefore: async (before: Date) => {
      await db.query({
        name: 'former-transient-keys-remove-before',
        text: 'delete from transient_keys where created_at < $1',
        values: [before],
      });
    },
    removeAll: async () => {
      await db.query({
        name: 'former-transient-keys-remove-all',
        text: 'delete from transient_keys',
      });
    },
  });
}
