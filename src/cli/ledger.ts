import { parseArgs } from 'node:util';

import { readConfig } from '../config.ts';
import type { CheckpointName, Finding, Ledger, VerifyLedgerInput } from '../ledger/index.ts';
import { AppError } from '../platform/app-error.ts';
import { connect } from '../services.ts';
import { waitForDatabase } from './database.ts';
import { provideDatabase } from './embedded-database.ts';
import { DATA_FOLDER } from './project.ts';

const TAMPERED = 1;

/** `consentry ledger verify` */
export async function run(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      account: { type: 'string' },
      since: { type: 'string' },
      checkpoint: { type: 'string' },
    },
  });
  if (positionals.length !== 1 || positionals[0] !== 'verify') {
    throw refusal('Say what to do: consentry ledger verify');
  }
  const input = readInput(values);
  const database = await provideDatabase(readConfig({ dataFolder: DATA_FOLDER }), explain);
  try {
    const { databaseUrl: url, databaseWaitSeconds: seconds } = database.config;
    await waitForDatabase({ url, seconds, progress: explain });
    const connected = await connect(database.config);
    try {
      await verify(connected.ledger, input);
    } finally {
      await connected.close();
    }
  } finally {
    await database.stop();
  }
}

interface Values {
  readonly account?: string;
  readonly since?: string;
  readonly checkpoint?: string;
}

function readInput({ account, since, checkpoint }: Values): VerifyLedgerInput {
  const moment = new Date(since ?? 0);
  if (Number.isNaN(moment.getTime())) {
    throw refusal('--since: a day or a moment, such as 2026-11-20 or 2026-11-20T08:00:00Z');
  }
  if (account !== undefined && !/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(account)) {
    throw refusal('--account: the id of an account');
  }
  return {
    ...(account === undefined ? {} : { accountId: account.toLowerCase() }),
    ...(since === undefined ? {} : { since: moment }),
    ...(checkpoint === undefined ? {} : { expected: readCheckpoint(checkpoint) }),
  };
}

function readCheckpoint(text: string): CheckpointName {
  const [, number, digest] = /^(\d+):([0-9a-f]{64})$/i.exec(text) ?? [];
  if (number === undefined || digest === undefined) {
    throw refusal('--checkpoint: as this command prints it, number:digest');
  }
  return { number: Number(number), digest: digest.toLowerCase() };
}

function refusal(detail: string): AppError {
  return new AppError('invalid', 'option_invalid', { detail });
}

const PROGRESS_EVERY_MS = 2_000;

async function verify(ledger: Ledger, input: VerifyLedgerInput): Promise<void> {
  let nextAt = performance.now() + PROGRESS_EVERY_MS;
  const report = await ledger.verify({
    ...input,
    onFinding: (finding) => print(`BROKEN  ${sentenceOf(finding)}`),
    onProgress: ({ accounts, rows }) => {
      if (performance.now() < nextAt) return;
      nextAt = performance.now() + PROGRESS_EVERY_MS;
      explain(`${String(rows)} rows of ${String(accounts)} accounts so far ...`);
    },
  });
  const { accounts, rows, checkpoints, lastCheckpoint, findings } = report;
  print(
    `Checked ${String(rows)} rows of ${String(accounts)} accounts and ${String(checkpoints)} checkpoints.`,
  );
  if (lastCheckpoint !== null) {
    print(`Last checkpoint: ${String(lastCheckpoint.number)}:${lastCheckpoint.digest}`);
  }
  print(findings === 0 ? 'Nothing was tampered with.' : `Broken: ${String(findings)}.`);
  if (findings > 0) process.exitCode = TAMPERED;
}

function sentenceOf({ accountId, seq, problem }: Finding): string {
  const row = `account ${accountId ?? ''} row ${String(seq)}`;
  const checkpoint = `checkpoint ${String(seq)}`;
  const sentences: Readonly<Record<Finding['problem'], string>> = {
    row_changed: `${row}: does not follow from the row before; one of the two was changed`,
    row_missing: `${row}: is missing`,
    row_added: `${row}: was put in`,
    end_changed: `${row}: is not the end that was noted`,
    chain_rewritten: `${row}: is another one than was signed; it or rows before it were changed`,
    account_missing: `account ${accountId ?? ''}: the end of its rows is gone, or all of them`,
    removal_forged: `account ${accountId ?? ''}: says that its rows were removed, without our signature`,
    checkpoint_missing: `${checkpoint}: is missing`,
    checkpoint_forged: `${checkpoint}: was changed, or is not ours`,
  };
  return sentences[problem];
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** What is not part of the report. */
function explain(line: string): void {
  process.stderr.write(`${line}\n`);
}
