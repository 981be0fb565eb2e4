import path from 'node:path';

import type { ImportAccountsInput, ImportFormat, ImportResult } from '../../imports/index.ts';
import { createImportProgress } from './import-progress.ts';
import { createImportReport } from './import-report.ts';
import { explain, print } from '../output.ts';
import { withServices } from '../with-services.ts';

const SOME_REFUSED = 3;
const INTERRUPTED = 130;

export interface ImportOptions {
  readonly format?: ImportFormat;
  readonly dryRun?: true;
  readonly strict?: true;
  readonly onExisting: 'skip' | 'fail';
  /** Accounts per transaction. */
  readonly batch: number;
  /** Where wrong lines are listed. */
  readonly errors?: string;
  readonly fromTop?: true;
}

/** `consentry import accounts FILE` */
export async function run(
  file: string,
  options: ImportOptions & { readonly format: ImportFormat },
): Promise<void> {
  const { format, onExisting, batch, errors, dryRun, strict, fromTop } = options;
  await withServices(({ imports }) =>
    importFrom(
      file,
      {
        format,
        onExisting,
        batchSize: batch,
        mode: dryRun === true ? 'rehearse' : strict === true ? 'strict' : 'normal',
        isFromTop: fromTop === true,
        reportFile: errors ?? `${file}.errors.ndjson`,
      },
      (input) => imports.importAccounts(input),
    ),
  );
}

type Choices = Pick<
  ImportAccountsInput,
  'format' | 'mode' | 'batchSize' | 'onExisting' | 'isFromTop'
> & { readonly reportFile: string };

/** The format that the name of a file stands for; null when it stands for none. */
export function formatOf(file: string): ImportFormat | null {
  const extension = path.extname(file).toLowerCase();
  if (extension === '.csv') return 'csv';
  return extension === '.ndjson' || extension === '.jsonl' ? 'ndjson' : null;
}

type RunImport = (input: ImportAccountsInput) => Promise<ImportResult>;

async function importFrom(
  file: string,
  { reportFile, ...choices }: Choices,
  runImport: RunImport,
): Promise<void> {
  const stopping = new AbortController();
  const stop = (): void => {
    if (stopping.signal.aborted) process.exit(INTERRUPTED);
    explain('\nEnding after this batch ...');
    stopping.abort();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  const report = createImportReport({ file: reportFile, source: file });
  const progress = createImportProgress(process.stderr);
  try {
    const result = await runImport({
      ...choices,
      file,
      signal: stopping.signal,
      onStart: (start) => {
        progress.start(start);
        report.open({ isContinued: start.recordsDone > 0 });
      },
      onProgress: progress.advance,
      onProblem: async (problem) => report.add(problem),
    });
    progress.end();
    printResult(result, {
      file,
      mode: choices.mode,
      seconds: progress.seconds(),
      fresh: progress.imported(),
    });
    if (report.count() > 0) print(`What is wrong is in ${reportFile}, by line.`);
  } finally {
    progress.end();
    report.close();
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

interface ReportOptions {
  readonly file: string;
  readonly mode: ImportAccountsInput['mode'];
  readonly seconds: number;
  /** Accounts imported by this call; `result.imported` includes those of earlier calls. */
  readonly fresh: number;
}

function printResult(result: ImportResult, { file, mode, seconds, fresh }: ReportOptions): void {
  const { outcome, imported, skipped, refused } = result;
  if (outcome === 'known') {
    print(
      `${file} was imported before: ${countsOf(result)}. Nothing was done; --from-top imports it again.`,
    );
    return;
  }
  const rate = fresh > 0 ? ` (${(fresh / seconds).toFixed(0)} accounts per second)` : '';
  if (outcome === 'stopped') {
    process.exitCode = INTERRUPTED;
    const kept = mode === 'normal' ? 'Run the same command again to go on.' : 'Nothing was kept.';
    print(`Stopped after ${String(result.recordsDone)} records: ${countsOf(result)}. ${kept}`);
    return;
  }
  if (outcome === 'taken_back') {
    const verb = mode === 'rehearse' ? 'Rehearsed, nothing was kept' : 'Nothing was imported';
    const would = `would be imported ${String(imported)}, skipped ${String(skipped)}, refused ${String(refused)}`;
    print(`${verb}: ${would}.`);
  } else print(`Done in ${seconds.toFixed(1)} s${rate}: ${countsOf(result)}.`);
  if (refused > 0) process.exitCode = SOME_REFUSED;
}

function countsOf({ imported, skipped, refused }: ImportResult): string {
  return `imported ${String(imported)}, skipped ${String(skipped)}, refused ${String(refused)}`;
}
