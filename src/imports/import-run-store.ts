import type { Database } from '../platform/postgres/postgres.ts';

/** How far the import of one file has come. */
export interface ImportCounts {
  /** Records read and dealt with, from the top of the file. */
  readonly recordsDone: number;
  readonly imported: number;
  readonly skipped: number;
  readonly refused: number;
}

export interface ImportRun extends ImportCounts {
  readonly finishedAt: Date | null;
}

/** Rows of `account_imports`. */
export interface ImportRunStore {
  find(fileFingerprint: Buffer): Promise<ImportRun | null>;
  /** Starts at the top, also when the file was imported before. */
  start(fileFingerprint: Buffer, at: Date): Promise<void>;
  /** @returns false when another process has continued this file meanwhile. */
  advance(step: ImportStep): Promise<boolean>;
  finish(fileFingerprint: Buffer, at: Date): Promise<void>;
}

export interface ImportStep extends ImportCounts {
  readonly fileFingerprint: Buffer;
  /** The previous value of `recordsDone`. */
  readonly previous: number;
  readonly at: Date;
}

export function createImportRunStore(db: Database): ImportRunStore {
  return Object.freeze({
    find: async (fileFingerprint: Buffer) => {
      const [row] = await db.query<ImportRun>({
        name: 'account-imports-find',
        text: `select records_done::float8 as "recordsDone", imported::float8 as imported,
                 skipped::float8 as skipped, refused::float8 as refused, finished_at as "finishedAt"
               from account_imports where file_fingerprint = $1`,
        values: [fileFingerprint],
      });
      return row ?? null;
    },
    start: async (fileFingerprint: Buffer, at: Date) => {
      await db.query({
        name: 'account-imports-start',
        text: `insert into account_imports
                 (file_fingerprint, records_done, imported, skipped, refused, started_at, updated_at)
               values ($1, 0, 0, 0, 0, $2, $2)
               on conflict (file_fingerprint) do update set records_done = 0, imported = 0, skipped = 0,
                 refused = 0, started_at = $2, updated_at = $2, finished_at = null`,
        values: [fileFingerprint, at],
      });
    },
    advance: async (step: ImportStep) => {
      const rows = await db.query({
        name: 'account-imports-advance',
        text: `update account_imports set records_done = $3, imported = $4, skipped = $5, refused = $6,
                 updated_at = $7
               where file_fingerprint = $1 and records_done = $2 returning records_done`,
        values: [
          step.fileFingerprint,
          step.previous,
          step.recordsDone,
          step.imported,
          step.skipped,
          step.refused,
          step.at,
        ],
      });
      return rows.length > 0;
    },
    finish: async (fileFingerprint: Buffer, at: Date) => {
      await db.query({
        name: 'account-imports-finish',
        text: 'update account_imports set finished_at = $2, updated_at = $2 where file_fingerprint = $1',
        values: [fileFingerprint, at],
      });
    },
  } satisfies ImportRunStore);
}
