import type { Database } from '../platform/postgres/postgres.ts';
import { camelCase, sql, type SqlStatement } from '../platform/postgres/sql.ts';
import type { Account, AccountDeletion, AccountStatus } from './account.ts';

interface AccountQuery {
  /** Null: any. */
  readonly status: AccountStatus | null;
  /** Only administrators. */
  readonly isAdministrator: boolean;
  readonly limit: number;
}

/** One line of a list of accounts. */
type AccountListing = Pick<Account, 'id' | 'status' | 'isAdministrator' | 'createdAt'>;

/** An account that comes from another system, with an id of the caller's choice. */
export type ImportedAccountRow = Pick<
  Account,
  'id' | 'status' | 'statusReason' | 'locale' | 'createdAt'
>;

interface StatusChange extends Pick<Account, 'status'> {
  readonly accountId: string;
  readonly reason: string | null;
  readonly changedAt: Date;
}

interface Restoration {
  readonly accountId: string;
  /** The actors whose deletions may be undone. */
  readonly deletedBy: readonly AccountDeletion['by'][];
  readonly now: Date;
}

interface AccountRow extends Omit<Account, 'deletion'> {
  readonly deletedAt: Date | null;
  readonly purgeAt: Date | null;
  readonly deletedBy: AccountDeletion['by'] | null;
  readonly deletionReference: string | null;
}

const COLUMNS = sql`id, status, status_reason, is_administrator, locale, cut_off_at, proof_generation, created_at,
  second_factor_since, deleted_at, purge_at, deleted_by, deletion_reference`;

/** Rows of `accounts`. `db` is the pool or a transaction. */
export function createAccountStore(db: Database) {
  const wasOneChanged = async (statement: SqlStatement): Promise<boolean> =>
    (await db.query(statement)).length > 0;
  return {
    ...deletion(db),

    async find(id: string): Promise<Account | null> {
      const [row] = await db.query<AccountRow>(
        sql`select ${COLUMNS} from accounts where id = ${id}`,
      );
      return row === undefined ? null : toAccount(row);
    },

    /** As `find`; the row cannot change until the transaction ends. */
    async lockShared(id: string): Promise<Account | null> {
      const [row] = await db.query<AccountRow>(
        sql`select ${COLUMNS} from accounts where id = ${id} for share`,
      );
      return row === undefined ? null : toAccount(row);
    },

    async insert({ id, status, locale, isAdministrator, createdAt }: Account): Promise<void> {
      const row = { id, status, locale, isAdministrator, createdAt, updatedAt: createdAt };
      await db.execute(sql`insert into accounts ${sql.values(row)}`);
    },

    async insertMany(rows: readonly ImportedAccountRow[]): Promise<void> {
      const column = <Name extends keyof ImportedAccountRow>(name: Name) =>
        rows.map((row) => row[name]);
      await db.execute(sql`insert into accounts (id, status, status_reason, locale, created_at, updated_at)
        select id, status, status_reason, locale, created_at, created_at
        from unnest(${column('id')}::uuid[], ${column('status')}::text[], ${column('statusReason')}::text[],
          ${column('locale')}::text[], ${column('createdAt')}::timestamptz[])
          as given (id, status, status_reason, locale, created_at)`);
    },

    /** Removes rows that `insertMany` wrote in the same transaction, with all rows that refer to them. */
    async removeMany(ids: readonly string[]): Promise<void> {
      await db.execute(sql`delete from accounts where id = any(${ids}::uuid[])`);
    },

    /** @returns false when there is no such account. */
    setStatus: ({ accountId, status, reason, changedAt }: StatusChange) =>
      wasOneChanged(sql`update accounts set status = ${status}, status_reason = ${reason}, updated_at = ${changedAt}
        where id = ${accountId} returning id`),

    /** @returns false when there is no such account. */
    setAdministrator: (accountId: string, isAdministrator: boolean, at: Date) =>
      wasOneChanged(sql`update accounts set is_administrator = ${isAdministrator}, updated_at = ${at}
        where id = ${accountId} returning id`),

    async setSecondFactor(accountId: string, since: Date | null): Promise<void> {
      await db.execute(
        sql`update accounts set second_factor_since = ${since}, updated_at = now() where id = ${accountId}`,
      );
    },

    async setLocale(accountId: string, locale: string | null, at: Date): Promise<void> {
      await db.execute(
        sql`update accounts set locale = ${locale}, updated_at = ${at} where id = ${accountId}`,
      );
    },

    /** Moves the cut-off forward, never back, and the generation of proofs. */
    async setCutOff(accountId: string, at: Date): Promise<void> {
      // An older node compares times, this one compares generations.
      await db.execute(sql`update accounts set cut_off_at = greatest(cut_off_at, ${at}),
          proofs_cut_off_at = greatest(proofs_cut_off_at, ${at}), proof_generation = proof_generation + 1,
          updated_at = ${at}
        where id = ${accountId}`);
    },

    /** Makes earlier proofs invalid without ending sessions. */
    async endProofs(accountId: string): Promise<void> {
      await db.execute(sql`update accounts set proofs_cut_off_at = greatest(proofs_cut_off_at, now()),
          proof_generation = proof_generation + 1
        where id = ${accountId}`);
    },

    async lastSignInAt(accountId: string): Promise<Date | null> {
      const [row] = await db.query<{ lastSignInAt: Date | null }>(
        sql`select last_sign_in_at from accounts where id = ${accountId}`,
      );
      return row?.lastSignInAt ?? null;
    },

    /** Newest first. */
    list: ({ status, isAdministrator, limit }: AccountQuery): Promise<AccountListing[]> =>
      db.query(sql`select id, status, is_administrator, created_at from accounts
        where (${status}::text is null or status = ${status}) and (not ${isAdministrator}::boolean or is_administrator)
        order by created_at desc, id limit ${limit}`),

    /** Deletes up to `limit` temporary accounts made before `before`, with all rows that refer to them. */
    async deleteTemporary(before: Date, limit: number): Promise<number> {
      const rows = await db.query(sql`delete from accounts where id in (
          select id from accounts where status = 'temporary' and created_at < ${before}
          order by created_at limit ${limit} for update skip locked)
        returning id`);
      return rows.length;
    },
  };
}

/** The row of the account with the id `id`, an expression, as a column of another statement, which {@link fromColumn} reads. */
export function accountColumn(id: SqlStatement): SqlStatement {
  return sql`(select row_to_json(account)
    from (select ${COLUMNS} from accounts where id = ${id}) as account)`;
}

/** A row in JSON; moments are text. */
type AccountColumn = Readonly<Record<string, unknown>> | null;

/** @returns null when there was no row. */
export function fromColumn(column: AccountColumn): Account | null {
  if (column === null) return null;
  const members = Object.entries(column).map(([name, value]) => [
    camelCase(name),
    name.endsWith('_at') && typeof value === 'string' ? new Date(value) : value,
  ]);
  return toAccount(Object.fromEntries(members) as AccountRow);
}

/**
 * A query that has a row when nothing of the account that decides on its proofs and tokens has changed since it was read; the row
 * cannot change until the transaction ends.
 */
export function heldAsRead({ id, status, cutOffAt, proofGeneration }: Account): SqlStatement {
  return sql`select 1 from accounts where id = ${id}::uuid and status = ${status}
    and cut_off_at is not distinct from ${cutOffAt}::timestamptz and proof_generation = ${proofGeneration} for share`;
}

/** Sets the time of the last sign-in, as a part of another statement, where `condition` holds. */
export function lastSignInUpdate(
  accountId: string,
  { at, condition }: { readonly at: Date; readonly condition: SqlStatement },
): SqlStatement {
  return sql`update accounts set last_sign_in_at = ${at} where id = ${accountId}::uuid and ${condition}`;
}

/** The part of `accounts` that deleting, restoring and purging write. */
function deletion(db: Database) {
  const isFound = async (statement: SqlStatement): Promise<boolean> =>
    (await db.query(statement)).length > 0;
  return {
    /** Blocks every other change about the account until the transaction ends. @returns false when there is none. */
    lock: (accountId: string) =>
      isFound(sql`select 1 from accounts where id = ${accountId} for update`),

    /** @returns false when the account is deleted already. */
    markDeleted: (accountId: string, { deletedAt, purgeAt, by, reference }: AccountDeletion) =>
      isFound(sql`update accounts set status_before_deletion = status, status = 'deleted', deleted_at = ${deletedAt},
          purge_at = ${purgeAt}, deleted_by = ${by}, deletion_reference = ${reference}, updated_at = ${deletedAt}
        where id = ${accountId} and status <> 'deleted' returning 1`),

    /**
     * Restores the status from before the deletion.
     * @returns false when the account is not deleted, or its time is over.
     */
    restore: ({ accountId, deletedBy, now }: Restoration) =>
      isFound(sql`update accounts set status = status_before_deletion, deleted_at = null, purge_at = null,
          deleted_by = null, status_before_deletion = null, deletion_reference = null, updated_at = ${now}
        where id = ${accountId} and status = 'deleted' and deleted_by = any(${deletedBy}) and purge_at > ${now}
        returning 1`),

    async listDue(now: Date, limit: number): Promise<string[]> {
      const rows = await db.query<{ id: string }>(sql`select id from accounts
        where status = 'deleted' and purge_at <= ${now} order by purge_at, id limit ${limit}`);
      return rows.map(({ id }) => id);
    },

    /** Locks the row when its time is over and no other transaction has locked it. */
    lockDue: (accountId: string, now: Date) =>
      isFound(sql`select 1 from accounts where id = ${accountId} and status = 'deleted' and purge_at <= ${now}
        for update skip locked`),

    /** The id is never accepted again. */
    async remove(accountId: string): Promise<void> {
      await db.execute(sql`with gone as (delete from accounts where id = ${accountId} returning id)
        insert into retired_account_ids (fingerprint) select account_id_fingerprint(id) from gone`);
    },

    async countOtherAdministrators(accountId: string): Promise<number> {
      // Two administrators who delete themselves at once wait for each other here.
      const rows = await db.query<{ id: string }>(
        sql`select id from accounts where is_administrator and status = 'active' order by id for update`,
      );
      return rows.filter(({ id }) => id !== accountId).length;
    },
  };
}

function toAccount(row: AccountRow): Account {
  const { deletedAt, purgeAt, deletedBy: by, deletionReference: reference, ...account } = row;
  const isDeleted = deletedAt !== null && purgeAt !== null && by !== null && reference !== null;
  return { ...account, deletion: isDeleted ? { deletedAt, purgeAt, by, reference } : null };
}
