import type { Database } from '../platform/postgres/postgres.ts';
import type { AccountDeletion } from './account.ts';

/** The part of `accounts` that deleting, restoring and purging write. */
export interface AccountDeletionStore {
  /** Holds everything else about the account back until the transaction ends. @returns false when there is none. */
  lock(accountId: string): Promise<boolean>;
  /** @returns false when the account is deleted already. */
  markDeleted(accountId: string, deletion: AccountDeletion): Promise<boolean>;
  /** Gives back the status from before. @returns false when the account is not deleted, or its time is over. */
  restore(input: RestoreRow): Promise<boolean>;
  listDue(now: Date, limit: number): Promise<string[]>;
  /** Locks the row when its time is over and no other transaction has locked it. */
  lockDue(accountId: string, now: Date): Promise<boolean>;
  /** The id is never accepted again. */
  remove(accountId: string): Promise<void>;
  countOtherAdministrators(accountId: string): Promise<number>;
}

export interface RestoreRow {
  readonly accountId: string;
  /** Whose deletions may be taken back. */
  readonly deletedBy: readonly AccountDeletion['by'][];
  readonly now: Date;
}

/** One transaction. */
export function createAccountDeletionStore(tx: Database): AccountDeletionStore {
  return Object.freeze({
    lock: async (accountId: string) => {
      const rows = await tx.query({
        name: 'accounts-lock',
        text: 'select 1 from accounts where id = $1 for update',
        values: [accountId],
      });
      return rows.length > 0;
    },
    markDeleted: async (accountId: string, deletion: AccountDeletion) => {
      const rows = await tx.query({
        name: 'accounts-mark-deleted',
        text: `update accounts set status_before_deletion = status, status = 'deleted', deleted_at = $2, purge_at = $3,
                 deleted_by = $4, deletion_reference = $5, updated_at = $2
               where id = $1 and status <> 'deleted' returning 1`,
        values: [accountId, deletion.deletedAt, deletion.purgeAt, deletion.by, deletion.reference],
      });
      return rows.length > 0;
    },
    restore: async ({ accountId, deletedBy, now }: RestoreRow) => {
      const rows = await tx.query({
        name: 'accounts-restore',
        text: `update accounts set status = status_before_deletion, deleted_at = null, purge_at = null, deleted_by = null,
                 status_before_deletion = null, deletion_reference = null, updated_at = $3
               where id = $1 and status = 'deleted' and deleted_by = any($2) and purge_at > $3 returning 1`,
        values: [accountId, deletedBy, now],
      });
      return rows.length > 0;
    },
    ...purging(tx),
    countOtherAdministrators: async (accountId: string) => {
      // Two administrators who delete themselves at once wait for each other here.
      const rows = await tx.query({
        name: 'accounts-lock-other-administrators',
        text: `select id from accounts where is_administrator and status = 'active' order by id for update`,
      });
      return (rows as { id: string }[]).filter(({ id }) => id !== accountId).length;
    },
  });
}

function purging(tx: Database): Pick<AccountDeletionStore, 'listDue' | 'lockDue' | 'remove'> {
  return {
    listDue: async (now, limit) => {
      const rows = await tx.query<{ id: string }>({
        name: 'accounts-list-due',
        text: `select id from accounts where status = 'deleted' and purge_at <= $1 order by purge_at, id limit $2`,
        values: [now, limit],
      });
      return rows.map(({ id }) => id);
    },
    lockDue: async (accountId, now) => {
      const rows = await tx.query({
        name: 'accounts-lock-due',
        text: `select 1 from accounts where id = $1 and status = 'deleted' and purge_at <= $2
               for update skip locked`,
        values: [accountId, now],
      });
      return rows.length > 0;
    },
    remove: async (accountId) => {
      await tx.query({
        name: 'accounts-remove',
        text: `with gone as (delete from accounts where id = $1 returning id)
               insert into retired_account_ids (fingerprint) select account_id_fingerprint(id) from gone`,
        values: [accountId],
      });
    },
  };
}
