import type { Database } from '../platform/postgres/postgres.ts';
import { sql } from '../platform/postgres/sql.ts';
import type { AccountExport } from './export.ts';

type ExportKey = Pick<AccountExport, 'id' | 'accountId'>;

const COLUMNS = sql`id, account_id, status, locale, steps_done, steps_total, bytes::float8 as bytes, chunks, requested_at,
  ready_at, expires_at, downloaded_at`;

/** Rows of `account_exports`. */
export function createExportStore(db: Database) {
  return {
    /** Null when an export is being made for this account. */
    async insert(
      row: Pick<AccountExport, 'id' | 'accountId' | 'locale' | 'stepsTotal' | 'requestedAt'>,
    ): Promise<AccountExport | null> {
      const values = sql.values({ ...row, status: 'waiting', updatedAt: row.requestedAt });
      const [made] = await db.query<AccountExport>(sql`insert into account_exports ${values}
        on conflict (account_id) where status in ('waiting', 'running') do nothing returning ${COLUMNS}`);
      return made ?? null;
    },

    /** Removes earlier exports of the account with their content, but not one that is being made. */
    async removeFinished(accountId: string): Promise<void> {
      await db.query(sql`delete from account_exports
        where account_id = ${accountId} and status not in ('waiting', 'running')`);
    },

    async remove(id: string): Promise<void> {
      await db.query(sql`delete from account_exports where id = ${id}`);
    },

    async find({ id, accountId }: ExportKey): Promise<AccountExport | null> {
      const [row] = await db.query<AccountExport>(sql`select ${COLUMNS} from account_exports
        where id = ${id} and account_id = ${accountId}`);
      return row ?? null;
    },

    async latest(accountId: string): Promise<AccountExport | null> {
      const [row] = await db.query<AccountExport>(sql`select ${COLUMNS} from account_exports
        where account_id = ${accountId} order by requested_at desc, id limit 1`);
      return row ?? null;
    },

    /**
     * Of concurrent callers exactly one gets it; null for the others, and for an export that is not ready or has
     * expired.
     */
    async markDownloaded({ id, accountId }: ExportKey, at: Date): Promise<AccountExport | null> {
      const [row] = await db.query<AccountExport>(sql`update account_exports
        set status = 'downloaded', downloaded_at = ${at}, updated_at = ${at}
        where id = ${id} and account_id = ${accountId} and status = 'ready' and expires_at > ${at}
        returning ${COLUMNS}`);
      return row ?? null;
    },

    /** Starts or restarts an export and removes earlier content. Null when there is no export to make. */
    async begin(id: string, at: Date): Promise<AccountExport | null> {
      const [row] = await db.query<AccountExport>(sql`with emptied as (
          delete from account_export_chunks where export_id = ${id})
        update account_exports set status = 'running', steps_done = 0, updated_at = ${at}
        where id = ${id} and status in ('waiting', 'running') returning ${COLUMNS}`);
      return row ?? null;
    },

    /** @returns false when the export is no longer being made. */
    async advance(id: string, at: Date): Promise<boolean> {
      const rows = await db.query(sql`update account_exports
        set steps_done = least(steps_done + 1, steps_total), updated_at = ${at}
        where id = ${id} and status = 'running' returning id`);
      return rows.length > 0;
    },

    /** @returns false when the export is no longer being made. */
    async finish(made: {
      readonly id: string;
      readonly bytes: number;
      readonly chunks: number;
      readonly readyAt: Date;
      readonly expiresAt: Date;
    }): Promise<boolean> {
      const { id, bytes, chunks, readyAt, expiresAt } = made;
      const rows = await db.query(sql`update account_exports
        set status = 'ready', steps_done = steps_total, bytes = ${bytes}, chunks = ${chunks}, ready_at = ${readyAt},
          expires_at = ${expiresAt}, updated_at = ${readyAt}
        where id = ${id} and status = 'running' returning id`);
      return rows.length > 0;
    },

    /** @returns false when the export is no longer being made. */
    async fail(id: string, at: Date): Promise<boolean> {
      const rows = await db.query(sql`with emptied as (
          delete from account_export_chunks where export_id = ${id})
        update account_exports set status = 'failed', updated_at = ${at}
        where id = ${id} and status in ('waiting', 'running') returning id`);
      return rows.length > 0;
    },
  };
}
