import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';

import { readConfig, type Config, type PartialConfig } from '../config.ts';
import { keyServiceOf, openMasterKeys } from '../master-keys.ts';
import { AppError } from '../platform/app-error.ts';
import { createSealer } from '../platform/encryption.ts';
import { createLogger } from '../platform/logger.ts';
import { openPostgres } from '../platform/postgres.ts';
import {
  readKeyStatus,
  rotateMasterKey,
  type KeyStatus,
  type RotationDeps,
  type RotationProgress,
} from '../platform/rotate-master-key.ts';
import { MASTER_SEALED_COLUMNS } from '../sealed-columns.ts';
import { requireMigrated, waitForDatabase } from './database.ts';
import { provideDatabase } from './embedded-database.ts';
import { failUsage } from './failure.ts';
import { DATA_FOLDER } from './project.ts';

const SOMETHING_REMAINS = 3;
const DEFAULT_BATCH = 500;
const MOST_PER_BATCH = 10_000;
const KEY_BYTES = 32;

const OPTIONS = {
  'dry-run': { type: 'boolean' },
  batch: { type: 'string' },
  kms: { type: 'boolean' },
} as const;

/** `consentry keys new|status|rotate` */
export async function run(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: OPTIONS,
    allowPositionals: true,
  });
  const [what, ...rest] = positionals;
  const batchSize = Number(values.batch ?? DEFAULT_BATCH);
  if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > MOST_PER_BATCH) {
    return failUsage(`--batch is a number from 1 to ${String(MOST_PER_BATCH)}.`, 'keys');
  }
  if (rest.length > 0 || (what !== 'new' && what !== 'status' && what !== 'rotate')) {
    return failUsage('Say what to do: consentry keys new, status or rotate.', 'keys');
  }
  const settings = readConfig({ dataFolder: DATA_FOLDER });
  if (what === 'new') return printNewKey(settings, values.kms === true);
  const isCounting = what === 'status' || values['dry-run'] === true;
  await withKeys(settings, async (deps) => {
    report(isCounting ? await readKeyStatus(deps) : await rotate(deps, batchSize));
  });
}

async function printNewKey(settings: PartialConfig, isWrapped: boolean): Promise<void> {
  const version = Math.max(0, ...settings.secrets.masterKeys.map((key) => key.version)) + 1;
  if (!isWrapped) return print(`${String(version)}:${randomBytes(KEY_BYTES).toString('base64')}`);
  const service = keyServiceOf(settings);
  if (service === null) {
    throw new AppError('invalid', 'key_service_missing', {
      detail: 'There is no key service: set KMS_KEY_ID and KMS_REGION.',
    });
  }
  const { wrapped } = await service.generate(version);
  print(`${String(version)}:kms:${wrapped.toString('base64')}`);
}

async function withKeys(
  settings: PartialConfig,
  work: (deps: RotationDeps) => Promise<void>,
): Promise<void> {
  const database = await provideDatabase(settings, explain);
  try {
    await withDatabase(database.config, work);
  } finally {
    await database.stop();
  }
}

async function withDatabase(
  config: Config,
  work: (deps: RotationDeps) => Promise<void>,
): Promise<void> {
  const { databaseUrl: url, databaseWaitSeconds: seconds } = config;
  await waitForDatabase({ url, seconds, progress: explain });
  await requireMigrated(url);
  const keyring = await openMasterKeys(config, createLogger({ level: config.logLevel }));
  const db = openPostgres({ url, poolSize: 2, applicationName: 'consentry-keys' });
  try {
    const masterSealer = createSealer(keyring);
    await work({ db, keyring, masterSealer, columns: MASTER_SEALED_COLUMNS });
  } finally {
    await db.close();
    keyring.close();
  }
}

async function rotate(deps: RotationDeps, batchSize: number): Promise<KeyStatus> {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    return await rotateMasterKey(deps, {
      batchSize,
      signal: stopping.signal,
      onProgress: showProgress,
    });
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

const BAR = 24;

/** One line that moves on a terminal, a line for each batch elsewhere. */
function showProgress({ column, done, total }: RotationProgress): void {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.round(share * BAR);
  const bar = `[${'#'.repeat(filled)}${'.'.repeat(BAR - filled)}]`;
  const line = `${column.padEnd(32)} ${bar} ${String(done)} of ${String(total)}`;
  const isTerminal = process.stderr.isTTY;
  process.stderr.write(isTerminal ? `\r${line}${share === 1 ? '\n' : ''}` : `${line}\n`);
}

function report({ current, columns, remaining }: KeyStatus): void {
  for (const { name, byVersion } of columns) {
    const counts = [...byVersion].toSorted(([a], [b]) => b - a);
    const words = counts.map(([version, count]) => `${String(count)} under ${String(version)}`);
    print(`${name.padEnd(32)} ${words.length === 0 ? 'none' : words.join(', ')}`);
  }
  if (remaining === 0) {
    return print(
      `Everything is under master key ${String(current)}. Older ones can be taken away.`,
    );
  }
  print(
    `${String(remaining)} are not under master key ${String(current)} yet. Keep the older keys.`,
  );
  process.exitCode = SOMETHING_REMAINS;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** What is not part of the report. */
function explain(line: string): void {
  process.stderr.write(`${line}\n`);
}
