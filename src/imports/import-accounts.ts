import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

import { isImportableHash } from '../authentication/index.ts';
import { AppError } from '../platform/app-error.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import { checkColumns, expandColumns } from './expand-columns.ts';
import type { ImportsContext } from './context.ts';
import type { LineProblem, SourceRecord } from './import-record.ts';
import { createImportRunStore, type ImportCounts } from './import-run-store.ts';
import { parseAccount } from './parse-account.ts';
import { readCsv } from './read-csv.ts';
import { readNdjson } from './read-ndjson.ts';
import { type LineAccount, writeBatch } from './write-batch.ts';
import type { ClaimCatalogue } from '../scopes/index.ts';

export type ImportFormat = 'ndjson' | 'csv';

export interface ImportAccountsInput {
  readonly file: string;
  readonly format: ImportFormat;
  /** The treatment of an account that was imported before, or whose address has an account. */
  readonly onExisting: 'skip' | 'fail';
  /** `rehearse`: everything is done and rolled back. `strict`: all accounts or none. */
  readonly mode: 'normal' | 'strict' | 'rehearse';
  /** Records per transaction. */
  readonly batchSize: number;
  /** Starts from the beginning although the file was imported before, completely or in part. */
  readonly isFromTop: boolean;
  /** Ends the import after the current batch; the next call continues there. */
  readonly signal: AbortSignal;
  /** Called before the first record. */
  readonly onStart: (start: ImportStart) => void;
  readonly onProgress: (progress: ImportProgress) => void;
  /** Called for every problem, in the order of the file, and waited for. */
  readonly onProblem: (problem: LineProblem) => Promise<void>;
}

/** The state before the first record of this call. */
export interface ImportStart {
  readonly bytesTotal: number;
  /** Records that an earlier call has imported or refused; 0 without an earlier call. */
  readonly recordsDone: number;
  /** Accounts among them that were imported. */
  readonly imported: number;
}

export interface ImportProgress extends ImportCounts {
  /** Bytes of the file up to here. */
  readonly bytes: number;
}

export interface ImportResult extends ImportCounts {
  /**
   * `stopped`: by the signal. `taken_back`: rolled back after a rehearsal, or in strict mode because of problems.
   * `known`: this file was imported before.
   */
  readonly outcome: 'finished' | 'stopped' | 'taken_back' | 'known';
}

/**
 * Makes an account of each record of a file, read as a stream. A record becomes a whole account or none; the faults
 * of the others are reported by line. Progress is stored with each batch, so a call that was interrupted is continued by the next.
 * @throws AppError `file_unreadable`, `columns_invalid`, `csv_invalid`; `import_overtaken` when another process imports the
 * same file at the same time.
 */
export async function importAccounts(
  ctx: ImportsContext,
  input: ImportAccountsInput,
): Promise<ImportResult> {
  const bytesTotal = await sizeOf(input.file);
  if (input.mode !== 'normal') return importAtOnce(ctx, input, bytesTotal);
  const fileFingerprint = await fingerprintOf(input.file);
  const runs = createImportRunStore(ctx.db);
  const earlier = input.isFromTop ? null : await runs.find(fileFingerprint);
  if (earlier !== null && earlier.finishedAt !== null) return { ...earlier, outcome: 'known' };
  if (earlier === null) await runs.start(fileFingerprint, ctx.clock.now());
  const begin: ImportCounts = earlier ?? NOTHING;
  input.onStart({ bytesTotal, recordsDone: begin.recordsDone, imported: begin.imported });

  const { counts, isStopped } = await runBatches(ctx, input, {
    begin,
    transact: (work) => ctx.db.transaction(work),
    advance: async (tx, next, previous) => {
      const step = { ...next, fileFingerprint, previous, at: ctx.clock.now() };
      if (await createImportRunStore(tx).advance(step)) return;
      throw new AppError('conflict', 'import_overtaken', {
        detail:
          'Another process imports this file at the same time and continues; this process ends.',
      });
    },
  });
  if (isStopped) return { ...counts, outcome: 'stopped' };
  await runs.finish(fileFingerprint, ctx.clock.now());
  return { ...counts, outcome: 'finished' };
}

/** Imports everything in one transaction, which is rolled back after a rehearsal or a problem. */
async function importAtOnce(
  ctx: ImportsContext,
  input: ImportAccountsInput,
  bytesTotal: number,
): Promise<ImportResult> {
  input.onStart({ bytesTotal, recordsDone: 0, imported: 0 });
  let result: ImportResult | undefined;
  const takeBack = new Error('taken back');
  try {
    await ctx.db.transaction(async (tx) => {
      const { counts, isStopped } = await runBatches(ctx, input, {
        begin: NOTHING,
        transact: (work) => work(tx),
        advance: async () => undefined,
      });
      const isKept = input.mode === 'strict' && counts.refused === 0 && !isStopped;
      result = { ...counts, outcome: isStopped ? 'stopped' : isKept ? 'finished' : 'taken_back' };
      if (!isKept) throw takeBack;
    });
  } catch (error) {
    if (error !== takeBack) throw error;
  }
  if (result === undefined) throw new Error('an import ended without a result');
  return result;
}

const NOTHING: ImportCounts = { recordsDone: 0, imported: 0, skipped: 0, refused: 0 };

interface Batches {
  readonly begin: ImportCounts;
  readonly transact: <T>(work: (tx: Database) => Promise<T>) => Promise<T>;
  readonly advance: (tx: Database, next: ImportCounts, previous: number) => Promise<void>;
}

async function runBatches(
  ctx: ImportsContext,
  input: ImportAccountsInput,
  { begin, transact, advance }: Batches,
): Promise<{ readonly counts: ImportCounts; readonly isStopped: boolean }> {
  const claims = await ctx.scopes.claims();
  let counts = begin;
  let position = 0;
  let batch: SourceRecord[] = [];
  const flush = async (): Promise<void> => {
    const bytes = batch.at(-1)?.bytes ?? 0;
    const { next, problems } = await transact(async (tx) => {
      const done = await importBatch(ctx, tx, { batch, input, counts, claims });
      await advance(tx, done.next, counts.recordsDone);
      return done;
    });
    counts = next;
    batch = [];
    for (const problem of problems) await input.onProblem(problem);
    input.onProgress({ ...counts, bytes });
  };
  for await (const record of recordsOf(input, claims)) {
    position += 1;
    if (position <= begin.recordsDone) continue;
    batch.push(record);
    if (batch.length < input.batchSize) continue;
    await flush();
    if (input.signal.aborted) return { counts, isStopped: true };
  }
  if (batch.length > 0) await flush();
  return { counts, isStopped: false };
}

interface BatchInput {
  readonly batch: readonly SourceRecord[];
  readonly input: ImportAccountsInput;
  readonly counts: ImportCounts;
  readonly claims: ClaimCatalogue;
}

async function importBatch(
  ctx: ImportsContext,
  tx: Database,
  { batch, input, counts, claims }: BatchInput,
): Promise<{ readonly next: ImportCounts; readonly problems: readonly LineProblem[] }> {
  const deps = { claims, isImportableHash, languages: ctx.languages, now: ctx.clock.now() };
  const lines: LineAccount[] = [];
  const problems: LineProblem[] = [];
  for (const { line, content } of batch) {
    if ('problem' in content) {
      problems.push({ line, ...content.problem });
      continue;
    }
    const fields = input.format === 'csv' ? expandColumns(content.fields) : content.fields;
    const parsed = parseAccount(deps, fields);
    if ('account' in parsed) lines.push({ line, account: parsed.account });
    else problems.push(...parsed.problems.map((problem) => ({ line, ...problem })));
  }
  const written = await writeBatch(ctx, tx, { lines, onExisting: input.onExisting });
  const all = [...problems, ...written.problems].toSorted((one, other) => one.line - other.line);
  return {
    next: {
      recordsDone: counts.recordsDone + batch.length,
      imported: counts.imported + written.imported,
      skipped: counts.skipped + written.skipped,
      refused: counts.refused + new Set(all.map(({ line }) => line)).size,
    },
    problems: all,
  };
}

function recordsOf(
  { file, format }: ImportAccountsInput,
  claims: ClaimCatalogue,
): AsyncGenerator<SourceRecord> {
  const chunks = createReadStream(file) as AsyncIterable<Buffer>;
  if (format === 'ndjson') return readNdjson(chunks);
  const names = claims.live.filter(({ isEditable }) => isEditable).map(({ name }) => name);
  return readCsv(chunks, { checkColumns: (columns) => checkColumns(columns, names) });
}

async function sizeOf(file: string): Promise<number> {
  try {
    const found = await stat(file);
    if (found.isFile()) return found.size;
    throw new Error('it is not a file');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such file' : message;
    throw new AppError('invalid', 'file_unreadable', {
      cause: error,
      detail: `Cannot read ${file}: ${reason}.`,
    });
  }
}

async function fingerprintOf(file: string): Promise<Buffer> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest();
}
