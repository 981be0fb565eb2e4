import type { Database } from '../platform/postgres/postgres.ts';
import type { AccountExport } from './export.ts';

export type NewExport = Pick<
  AccountExport,
  'id' | 'accountId' | 'locale' | 'stepsTotal' | 'requestedAt'
>;

export interface FinishedExport {
  readonly id: string;
  readonly bytes: number;
  readonly chunks: number;
  readonly readyAt: Date;
  readonly expiresAt: Date;
}

interface OwnExport {
  readonly id: string;
  readonly accountId: string;
}

/** Rows of `account_exports`. */
export interface ExportStore {
  /** @returns false when one is being made for this account. */
  insert(row: NewExport): Promise<boolean>;
  /** Removes earlier exports of the account with their content, but not one that is being made. */
  removeFinished(accountId: string): Promise<void>;
  remove(id: string): Promise<void>;
  find(key: OwnExport): Promise<AccountExport | null>;
  latest(accountId: string): Promise<AccountExport | null>;
  /** Begins, or begins again: earlier content is gone. Null when there is nothing to be made. */
  begin(id: string, at: Date): Promise<AccountExport | null>;
  /** @returns false when the export is not being made any more. */
  advance(id: string, at: Date): Promise<boolean>;
  /** @returns false when the export is not being made any more. */
  finish(row: FinishedExport): Promise<boolean>;
  fail(id: string, at: Date): Promise<boolean>;
  /** Of any number of callers exactly one gets it; null for the others, and for an export that is not ready or too old. */
  claimDownload(key: OwnExport, at: Date): Promise<AccountExport | null>;
}

const COLUMNS = `id, account_id as "accountId", status, locale, steps_done as "stepsDone", steps_total as "stepsTotal",
  bytes::float8 as bytes, chunks, requested_at as "requestedAt", ready_at as "readyAt", expires_at as "expiresAt",
  downloaded_at as "downloadedAt"`;

export function createExportStore(db: Database): ExportStore {
  return Object.freeze({ ...asking(db), ...making(db) });
}

type Asking = Pick<
  ExportStore,
  'insert' | 'removeFinished' | 'remove' | 'find' | 'latest' | 'claimDownload'
>;

function asking(db: Database): Asking {
  return {
    insert: async (row) => {
      const rows = await db.query({
        name: 'account-exports-insert',
        text: `insert into account_exports
                 (id, account_id, status, locale, steps_total, requested_at, updated_at)
               values ($1, $2, 'waiting', $3, $4, $5, $5)
               on conflict (account_id) where status in ('waiting', 'running') do nothing returning id`,
        values: [row.id, row.accountId, row.locale, row.stepsTotal, row.requestedAt],
      });
      return rows.length > 0;
    },
    removeFinished: async (accountId) => {
      await db.query({
        name: 'account-exports-remove-finished',
        text: `delete from account_exports where account_id = $1 and status not in ('waiting', 'running')`,
        values: [accountId],
      });
    },
    remove: async (id) => {
      await db.query({
        name: 'account-exports-remove',
        text: 'delete from account_exports where id = $1',
        values: [id],
      });
    },
    find: async ({ id, accountId }) => {
      const [row] = await db.query<AccountExport>({
        name: 'account-exports-find',
        text: `select ${COLUMNS} from account_exports where id = $1 and account_id = $2`,
        values: [id, accountId],
      });
      return row ?? null;
    },
    latest: async (accountId) => {
      const [row] = await db.query<AccountExport>({
        name: 'account-exports-latest',
        text: `select ${COLUMNS} from account_exports where account_id = $1
               order by requested_at desc, id limit 1`,
        values: [accountId],
      });
      return row ?? null;
    },
    claimDownload: async ({ id, accountId }, at) => {
      const [row] = await db.query<AccountExport>({
        name: 'account-exports-claim-download',
        text: `update account_exports set status = 'downloaded', downloaded_at = $3, updated_at = $3
               where id = $1 and account_id = $2 and status = 'ready' and expires_at > $3
               returning ${COLUMNS}`,
        values: [id, accountId, at],
      });
      return row ?? null;
    },
  };
}

function making(db: Database): Pick<ExportStore, 'begin' | 'advance' | 'finish' | 'fail'> {
  return {
    begin: async (id, at) => {
      const [row] = await db.query<AccountExport>({
        name: 'account-exports-begin',
        text: `with emptied as (delete from account_export_chunks where export_id = $1)
               update account_exports set status = 'running', steps_done = 0, updated_at = $2
               where id = $1 and status in ('waiting', 'running') returning ${COLUMNS}`,
        values: [id, at],
      });
      return row ?? null;
    },
    advance: async (id, at) => {
      const rows = await db.query({
        name: 'account-exports-advance',
        text: `update account_exports set steps_done = least(steps_done + 1, steps_total), updated_at = $2
               where id = $1 and status = 'running' returning id`,
        values: [id, at],
      });
      return rows.length > 0;
    },
    finish: async ({ id, bytes, chunks, readyAt, expiresAt }) => {
      const rows = await db.query({
        name: 'account-exports-finish',
        text: `update account_exports set status = 'ready', steps_done = steps_total, bytes = $2, chunks = $3,
                 ready_at = $4, expires_at = $5, updated_at = $4
               where id = $1 and status = 'running' returning id`,
        values: [id, bytes, chunks, readyAt, expiresAt],
      });
      return rows.length > 0;
    },
    fail: async (id, at) => {
      const rows = await db.query({
        name: 'account-exports-fail',
        text: `with emptied as (delete from account_export_chunks where export_id = $1)
               update account_exports set status = 'failed', updated_at = $2
               where id = $1 and status in ('waiting', 'running') returning id`,
        values: [id, at],
      });
      return rows.length > 0;
    },
  };
}
