import type { CheckpointName, Finding, VerifyLedgerInput, Ledger } from '../../ledger/index.ts';
import { explain, print } from '../output.ts';
import { withServices } from '../with-services.ts';

const TAMPERED = 1;

export interface LedgerVerifyOptions {
  /** Only this account. */
  readonly account?: string;
  readonly since?: Date;
  readonly checkpoint?: CheckpointName;
}

/** `consentry ledger verify` */
export async function verify({ account, since, checkpoint }: LedgerVerifyOptions): Promise<void> {
  await withServices(({ ledger }) =>
    verifyAndReport(ledger, {
      ...(account === undefined ? {} : { accountId: account }),
      ...(since === undefined ? {} : { since }),
      ...(checkpoint === undefined ? {} : { expected: checkpoint }),
    }),
  );
}

const PROGRESS_EVERY_MS = 2_000;

async function verifyAndReport(ledger: Ledger, input: VerifyLedgerInput): Promise<void> {
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
    removal_forged: `account ${accountId ?? ''}: a record states that its rows were removed, but our signature is missing`,
    checkpoint_missing: `${checkpoint}: is missing`,
    checkpoint_replaced: `${checkpoint}: has another digest than the one that was given`,
    checkpoint_forged: `${checkpoint}: was changed, or is not ours`,
  };
  return sentences[problem];
}
