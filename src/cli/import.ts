import path from 'node:path';
import { parseArgs } from 'node:util';

import { readConfig } from '../config.ts';
import type { ImportAccountsInput, ImportFormat, ImportResult } from '../imports/index.ts';
import { connect } from '../services.ts';
import { requireMigrated, waitForDatabase } from './database.ts';
import { provideDatabase } from './embedded-database.ts';
import { failUsage } from './failure.ts';
import { createImportProgress } from './import-progress.ts';
import { createImportReport } from './import-report.ts';
import { DATA_FOLDER } from './project.ts';

const SOME_REFUSED = 3;
const INTERRUPTED = 130;
const DEFAULT_BATCH = 500;
const MOST_PER_BATCH = 5_000;

const OPTIONS = {
  format: { type: 'string' },
  'dry-run': { type: 'boolean' },
  strict: { type: 'boolean' },
  batch: { type: 'string' },
  'on-existing': { type: 'string' },
  errors: { type: 'string' },
  'from-top': { type: 'boolean' },
} as const;

/** `consentry import accounts FILE` */
export async function run(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: OPTIONS,
    allowPositionals: true,
  });
  const [what, file, ...rest] = positionals;
  if (what !== 'accounts' || file === undefined || rest.length > 0) {
    return failUsage(
      'Say what to import and from where: consentry import accounts FILE.',
      'import',
    );
  }
  const choices = readChoices(values, file);
  if (typeof choices === 'string') return failUsage(choices, 'import');
  const settings = readConfig({ dataFolder: DATA_FOLDER });
  const database = await provideDatabase(settings, say);
  try {
    const { databaseUrl: url, databaseWaitSeconds: seconds } = database.config;
    await waitForDatabase({ url, seconds, progress: say });
    await requireMigrated(url);
    const services = await connect(database.config);
    try {
      await importFrom(file, choices, (input) => services.imports.importAccounts(input));
    } finally {
      await services.close();
    }
  } finally {
    await database.stop();
  }
}

type Choices = Pick<
  ImportAccountsInput,
  'format' | 'mode' | 'batchSize' | 'onExisting' | 'isFromTop'
> & { readonly reportFile: string };

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

/** What was asked for, or one sentence about what is wrong with it. */
function readChoices(values: Values, file: string): Choices | string {
  const format = values.format ?? formatOf(file);
  if (format !== 'ndjson' && format !== 'csv') {
    return 'The format is neither ndjson nor csv: name it with --format.';
  }
  const onExisting = values['on-existing'] ?? 'fail';
  if (onExisting !== 'skip' && onExisting !== 'fail') return '--on-existing is "skip" or "fail".';
  const batchSize = Number(values.batch ?? DEFAULT_BATCH);
  if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > MOST_PER_BATCH) {
    return `--batch is a number from 1 to ${String(MOST_PER_BATCH)}.`;
  }
  return {
    format,
    onExisting,
    batchSize,
    mode: values['dry-run'] === true ? 'rehearse' : values.strict === true ? 'strict' : 'normal',
    isFromTop: values['from-top'] === true,
    reportFile: values.errors ?? `${file}.errors.ndjson`,
  };
}

function formatOf(file: string): ImportFormat | null {
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
    say('\nEnding after this batch ...');
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
    tell(result, {
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

interface Telling {
  readonly file: string;
  readonly mode: ImportAccountsInput['mode'];
  readonly seconds: number;
  /** Imported by this call; `result.imported` counts those of earlier calls as well. */
  readonly fresh: number;
}

function tell(result: ImportResult, { file, mode, seconds, fresh }: Telling): void {
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

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
