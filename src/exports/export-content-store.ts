import type { Database } from '../platform/postgres/postgres.ts';

export interface ExportChunk {
  readonly exportId: string;
  /** From 0. */
  readonly position: number;
  readonly sealedContent: Buffer;
}

/** Rows of `account_export_chunks`, and the expiry of exports. */
export interface ExportContentStore {
  insert(chunk: ExportChunk): Promise<void>;
  read(exportId: string, position: number): Promise<Buffer | null>;
  removeAll(exportId: string): Promise<void>;
  /** Exports that waited too long lose their content. @returns how many. */
  expire(now: Date): Promise<number>;
  /** Content that was downloaded before `before`, and was not removed then. */
  removeDownloaded(before: Date): Promise<void>;
  /** Marks exports as failed that no node has worked on since `before`. @returns their ids. */
  failSilent(before: Date, now: Date): Promise<string[]>;
  /** Deletes rows of exports that are no longer shown. */
  removeOlderThan(before: Date): Promise<void>;
}

export function createExportContentStore(db: Database): ExportContentStore {
  return Object.freeze({ ...content(db), ...clock(db) });
}

function content(db: Database): Pick<ExportContentStore, 'insert' | 'read' | 'removeAll'> {
  return {
    insert: async ({ exportId, position, sealedContent }) => {
      await db.query({
        name: 'account-export-chunks-insert',
        text: `insert into account_export_chunks (export_id, position, sealed_content) values ($1, $2, $3)`,
        values: [exportId, position, sealedContent],
      });
    },
    read: async (exportId, position) => {
      const [row] = await db.query<{ sealed_content: Buffer }>({
        name: 'account-export-chunks-read',
        text: `select sealed_content from account_export_chunks where export_id = $1 and position = $2`,
        values: [exportId, position],
      });
      return row?.sealed_content ?? null;
    },
    removeAll: async (exportId) => {
      await db.query({
        name: 'account-export-chunks-remove-all',
        text: 'delete from account_export_chunks where export_id = $1',
        values: [exportId],
      });
    },
  };
}

function clock(
  db: Database,
): Pick<ExportContentStore, 'expire' | 'removeDownloaded' | 'failSilent' | 'removeOlderThan'> {
  return {
    expire: async (now) => {
      const rows = await db.query({
        name: 'account-exports-expire',
        text: `with expired as (
                 update account_exports set status = 'expired', updated_at = $1
                 where status = 'ready' and expires_at <= $1 returning id),
               emptied as (
                 delete from account_export_chunks using expired where export_id = expired.id)
               select id from expired`,
        values: [now],
      });
      return rows.length;
    },
    removeDownloaded: async (before) => {
      await db.query({
        name: 'account-export-chunks-remove-downloaded',
        text: `delete from account_export_chunks using account_exports as export
               where export.id = export_id and export.status = 'downloaded' and export.downloaded_at < $1`,
        values: [before],
      });
    },
    failSilent: async (before, now) => {
      const rows = await db.query<{ id: string }>({
        name: 'account-exports-fail-silent',
        text: `with silent as (
                 update account_exports set status = 'failed', updated_at = $2
                 where status in ('waiting', 'running') and updated_at < $1 returning id),
               emptied as (
                 delete from account_export_chunks using silent where export_id = silent.id)
               select id from silent`,
        values: [before, now],
      });
      return rows.map(({ id }) => id);
    },
    removeOlderThan: async (before) => {
      await db.query({
        name: 'account-exports-remove-older',
        text: `delete from account_exports where updated_at < $1 and status not in ('waiting', 'running', 'ready')`,
        values: [before],
      });
    },
  };
}
