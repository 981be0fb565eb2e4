import type { Database } from '../platform/postgres/postgres.ts';
import { sql } from '../platform/postgres/sql.ts';

/** Rows of `account_export_chunks`, and the expiry of exports. */
export function createExportContentStore(db: Database) {
  return {
    /** Positions count from 0. */
    async insert(chunk: {
      readonly exportId: string;
      readonly position: number;
      readonly sealedContent: Buffer;
    }): Promise<void> {
      const { exportId, position, sealedContent } = chunk;
      const row = sql.values({ exportId, position, sealedContent });
      await db.query(sql`insert into account_export_chunks ${row}`);
    },

    async read(exportId: string, position: number): Promise<Buffer | null> {
      const [row] = await db.query<{ sealedContent: Buffer }>(sql`select sealed_content
        from account_export_chunks where export_id = ${exportId} and position = ${position}`);
      return row?.sealedContent ?? null;
    },

    async removeAll(exportId: string): Promise<void> {
      await db.query(sql`delete from account_export_chunks where export_id = ${exportId}`);
    },

    /** Removes the content of exports that were not downloaded in time. @returns how many. */
    async expire(now: Date): Promise<number> {
      const rows = await db.query(sql`with expired as (
          update account_exports set status = 'expired', updated_at = ${now}
          where status = 'ready' and expires_at <= ${now} returning id),
        emptied as (
          delete from account_export_chunks using expired where export_id = expired.id)
        select id from expired`);
      return rows.length;
    },

    /** Removes content that was downloaded before `before`. */
    async removeDownloaded(before: Date): Promise<void> {
      await db.query(sql`delete from account_export_chunks using account_exports as export
        where export.id = export_id and export.status = 'downloaded' and export.downloaded_at < ${before}`);
    },

    /** Marks exports as failed on which no node has worked since `before`. */
    async failAbandoned(before: Date, now: Date): Promise<void> {
      await db.query(sql`with abandoned as (
          update account_exports set status = 'failed', updated_at = ${now}
          where status in ('waiting', 'running') and updated_at < ${before} returning id)
        delete from account_export_chunks using abandoned where export_id = abandoned.id`);
    },

    /** Deletes rows of exports that are no longer shown. */
    async removeOlderThan(before: Date): Promise<void> {
      await db.query(sql`delete from account_exports
        where updated_at < ${before} and status not in ('waiting', 'running', 'ready')`);
    },
  };
}
