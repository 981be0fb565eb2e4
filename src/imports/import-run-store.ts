import type { Database } from '../platform/postgres/postgres.ts';
import { sql } from '../platform/postgres/sql.ts';

/** The progress of the import of one file. */
export interface ImportCounts {
  /** Records that were imported, skipped or refused, from the top of the file. */
  readonly recordsDone: number;
  readonly imported: number;
  readonly skipped: number;
  readonly refused: number;
}

interface ImportRun extends ImportCounts {
  readonly finishedAt: Date | null;
}

interface ImportStep extends ImportCounts {
  readonly fileFingerprint: Buffer;
  /** The previous value of `recordsDone`. */
  readonly previous: number;
  readonly at: Date;
}

/** Rows of `account_imports`. */
export function createImportRunStore(db: Database) {
  return {
    async find(fileFingerprint: Buffer): Promise<ImportRun | null> {
      const [row] = await db.query<ImportRun>(sql`
        select records_done::float8 as records_done, imported::float8 as imported, skipped::float8 as skipped,
          refused::float8 as refused, finished_at
        from account_imports where file_fingerprint = ${fileFingerprint}`);
      return row ?? null;
    },

    /** Starts from the beginning, also when the file was imported before. */
    async start(fileFingerprint: Buffer, at: Date): Promise<void> {
      await db.execute(sql`insert into account_imports
          (file_fingerprint, records_done, imported, skipped, refused, started_at, updated_at)
        values (${fileFingerprint}, 0, 0, 0, 0, ${at}, ${at})
        on conflict (file_fingerprint) do update set records_done = 0, imported = 0, skipped = 0, refused = 0,
          started_at = excluded.started_at, updated_at = excluded.updated_at, finished_at = null`);
    },

    /** @returns false when another process has continued this file meanwhile. */
    async advance(step: ImportStep): Promise<boolean> {
      const { fileFingerprint, previous, recordsDone, imported, skipped, refused, at } = step;
      const rows =
        await db.query(sql`update account_imports set records_done = ${recordsDone}, imported = ${imported},
          skipped = ${skipped}, refused = ${refused}, updated_at = ${at}
        where file_fingerprint = ${fileFingerprint} and records_done = ${previous} returning records_done`);
      return rows.length > 0;
    },

    async finish(fileFingerprint: Buffer, at: Date): Promise<void> {
      await db.execute(sql`update account_imports set finished_at = ${at}, updated_at = ${at}
        where file_fingerprint = ${fileFingerprint}`);
    },
  };
}
