import type { Database } from '../platform/postgres.ts';

/** Rows of `account_keys`. */
export interface AccountKeyStore {
  insert(row: { accountId: string; wrappedKey: Buffer; createdAt: Date }): Promise<void>;
  /** Null when the account never had a key, or it was destroyed. */
  find(accountId: string): Promise<Buffer | null>;
  /** As `find`; until the transaction ends nobody else changes values of this account. */
  lock(accountId: string): Promise<Buffer | null>;
  /** Destroys the key; its values cannot be read again. */
  remove(accountId: string): Promise<void>;
}

interface KeyRow {
  readonly wrapped_key: Buffer;
}

export function createAccountKeyStore(db: Database): AccountKeyStore {
  return Object.freeze({
    insert: async ({ accountId, wrappedKey, createdAt }) => {
      await db.query({
        name: 'account-keys-insert',
        text: 'insert into account_keys (account_id, wrapped_key, created_at) values ($1, $2, $3)',
        values: [accountId, wrappedKey, createdAt],
      });
    },
    find: async (accountId: string) => {
      const [row] = await db.query<KeyRow>({
        name: 'account-keys-find',
        text: 'select wrapped_key from account_keys where account_id = $1',
        values: [accountId],
      });
      return row?.wrapped_key ?? null;
    },
    lock: async (accountId: string) => {
      const [row] = await db.query<KeyRow>({
        name: 'account-keys-lock',
        text: 'select wrapped_key from account_keys where account_id = $1 for update',
        values: [accountId],
      });
      return row?.wrapped_key ?? null;
    },
    remove: async (accountId: string) => {
      await db.query({
        name: 'account-keys-remove',
        text: 'delete from account_keys where account_id = $1',
        values: [accountId],
      });
    },
  } satisfies AccountKeyStore);
}
