import type { Database } from '../platform/postgres/postgres.ts';
import type { Account, AccountDeletion, AccountStatus } from './account.ts';

interface AccountRow {
  readonly id: string;
  readonly status: AccountStatus;
  readonly status_reason: string | null;
  readonly is_administrator: boolean;
  readonly locale: string | null;
  readonly cut_off_at: Date | null;
  readonly proof_generation: number;
  readonly created_at: Date;
  readonly deleted_at: Date | null;
  readonly purge_at: Date | null;
  readonly deleted_by: AccountDeletion['by'] | null;
  readonly deletion_reference: string | null;
}

export interface StatusChange {
  readonly accountId: string;
  readonly status: AccountStatus;
  readonly reason: string | null;
  readonly changedAt: Date;
}

export interface AccountQuery {
  /** Null: any. */
  readonly status: AccountStatus | null;
  /** Only administrators. */
  readonly isAdministrator: boolean;
  readonly limit: number;
}

/** One line of a list of accounts. */
export interface AccountListing {
  readonly id: string;
  readonly status: AccountStatus;
  readonly isAdministrator: boolean;
  readonly createdAt: Date;
}

/** Rows of `accounts`. */
export interface AccountStore {
  find(id: string): Promise<Account | null>;
  /** As `find`, and holds changes of the row back until the transaction ends. */
  lockShared(id: string): Promise<Account | null>;
  insert(account: Account): Promise<void>;
  /** @returns false when there is no such account. */
  setStatus(change: StatusChange): Promise<boolean>;
  /** Moves the cut-off forward, never back, and the generation of proofs. */
  setCutOff(accountId: string, at: Date): Promise<void>;
  /** Makes earlier proofs count no longer, and ends no session. */
  endProofs(accountId: string): Promise<void>;
  setAdministrator(accountId: string, isAdministrator: boolean, at: Date): Promise<boolean>;
  setLocale(accountId: string, locale: string | null, at: Date): Promise<void>;
  setLastSignIn(accountId: string, at: Date): Promise<void>;
  lastSignInAt(accountId: string): Promise<Date | null>;
  /** Newest first. */
  list(query: AccountQuery): Promise<AccountListing[]>;
  /** Deletes up to `limit` temporary accounts made before `before`, with all they carry. */
  deleteTemporary(before: Date, limit: number): Promise<number>;
}

const COLUMNS = `id, status, status_reason, is_administrator, locale, cut_off_at, proof_generation, created_at,
  deleted_at, purge_at, deleted_by, deletion_reference`;

export function createAccountStore(db: Database): AccountStore {
  return Object.freeze({
    ...signIns(db),
    ...administration(db),
    ...cutOffs(db),

    find: async (id: string) => {
      const [row] = await db.query<AccountRow>({
        name: 'accounts-find',
        text: `select ${COLUMNS} from accounts where id = $1`,
        values: [id],
      });
      return row === undefined ? null : fromRow(row);
    },

    lockShared: async (id: string) => {
      const [row] = await db.query<AccountRow>({
        name: 'accounts-lock-shared',
        text: `select ${COLUMNS} from accounts where id = $1 for share`,
        values: [id],
      });
      return row === undefined ? null : fromRow(row);
    },

    insert: async (account: Account) => {
      await db.query({
        name: 'accounts-insert',
        text: `insert into accounts (id, status, locale, is_administrator, created_at, updated_at)
               values ($1, $2, $3, $4, $5, $5)`,
        values: [
          account.id,
          account.status,
          account.locale,
          account.isAdministrator,
          account.createdAt,
        ],
      });
    },

    setStatus: async ({ accountId, status, reason, changedAt }: StatusChange) => {
      const rows = await db.query({
        name: 'accounts-set-status',
        text: `update accounts set status = $2, status_reason = $3, updated_at = $4 where id = $1 returning id`,
        values: [accountId, status, reason, changedAt],
      });
      return rows.length > 0;
    },

    setLocale: async (accountId: string, locale: string | null, at: Date) => {
      await db.query({
        name: 'accounts-set-locale',
        text: `update accounts set locale = $2, updated_at = $3 where id = $1`,
        values: [accountId, locale, at],
      });
    },

    deleteTemporary: async (before: Date, limit: number) => {
      const rows = await db.query({
        name: 'accounts-delete-temporary',
        text: `delete from accounts where id in (
                 select id from accounts where status = 'temporary' and created_at < $1
                 order by created_at limit $2 for update skip locked)
               returning id`,
        values: [before, limit],
      });
      return rows.length;
    },
  });
}

function administration(db: Database): Pick<AccountStore, 'list' | 'setAdministrator'> {
  return {
    setAdministrator: async (accountId, isAdministrator, at) => {
      const rows = await db.query({
        name: 'accounts-set-administrator',
        text: `update accounts set is_administrator = $2, updated_at = $3 where id = $1 returning id`,
        values: [accountId, isAdministrator, at],
      });
      return rows.length > 0;
    },
    list: ({ status, isAdministrator, limit }) =>
      db.query<AccountListing>({
        name: 'accounts-list',
        text: `select id, status, is_administrator as "isAdministrator", created_at as "createdAt" from accounts
               where ($1::text is null or status = $1) and (not $2::boolean or is_administrator)
               order by created_at desc, id limit $3`,
        values: [status, isAdministrator, limit],
      }),
  };
}

function cutOffs(db: Database): Pick<AccountStore, 'setCutOff' | 'endProofs'> {
  return {
    setCutOff: async (accountId: string, at: Date) => {
      await db.query({
        name: 'accounts-set-cut-off',
        // An older node compares times, this one compares generations.
        text: `update accounts set cut_off_at = greatest(cut_off_at, $2),
                 proofs_cut_off_at = greatest(proofs_cut_off_at, $2),
                 proof_generation = proof_generation + 1, updated_at = $2
               where id = $1`,
        values: [accountId, at],
      });
    },

    endProofs: async (accountId: string) => {
      await db.query({
        name: 'accounts-end-proofs',
        text: `update accounts set proofs_cut_off_at = greatest(proofs_cut_off_at, now()),
                 proof_generation = proof_generation + 1
               where id = $1`,
        values: [accountId],
      });
    },
  };
}

function signIns(db: Database): Pick<AccountStore, 'setLastSignIn' | 'lastSignInAt'> {
  return {
    setLastSignIn: async (accountId: string, at: Date) => {
      await db.query({
        name: 'accounts-set-last-sign-in',
        text: `update accounts set last_sign_in_at = $2 where id = $1`,
        values: [accountId, at],
      });
    },

    lastSignInAt: async (accountId: string) => {
      const [row] = await db.query<{ last_sign_in_at: Date | null }>({
        name: 'accounts-last-sign-in-at',
        text: 'select last_sign_in_at from accounts where id = $1',
        values: [accountId],
      });
      return row?.last_sign_in_at ?? null;
    },
  };
}

function fromRow(row: AccountRow): Account {
  return Object.freeze({
    id: row.id,
    status: row.status,
    statusReason: row.status_reason,
    isAdministrator: row.is_administrator,
    locale: row.locale,
    cutOffAt: row.cut_off_at,
    proofGeneration: row.proof_generation,
    deletion: deletionOf(row),
    createdAt: row.created_at,
  });
}

function deletionOf(row: AccountRow): AccountDeletion | null {
  const { deleted_at: deletedAt, purge_at: purgeAt, deleted_by: by } = row;
  const { deletion_reference: reference } = row;
  if (deletedAt === null || purgeAt === null || by === null || reference === null) return null;
  return Object.freeze({ deletedAt, purgeAt, by, reference });
}
