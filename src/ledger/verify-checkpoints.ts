import type { Database } from '../platform/postgres/postgres.ts';
import { readPages } from '../platform/read-pages.ts';
import { createCheckpointStore, type Checkpoint } from './checkpoint-store.ts';
import type { ChainStore } from './chain-store.ts';
import { startOf } from './removal.ts';
import { CHECKPOINT_TYPE, digestOf, nameOf, type CheckpointName } from './sign-checkpoints.ts';
import type { LedgerContext } from './context.ts';
import type { Finding } from './finding.ts';

type VerifyContext = LedgerContext & { readonly store: ChainStore };

const CHECKPOINTS_AT_ONCE = 5;

/**
 * Checks that this server signed the checkpoints, that none is missing in between, and that every chain still has the rows
 * that were signed: it finds a chain that was cut off at its end, rewritten from some row on, or removed as a whole.
 * @returns `last`: the newest checkpoint; null when there is none.
 */
export async function verifyCheckpoints(
  ctx: VerifyContext,
  input: {
    readonly accountId?: string;
    readonly since?: Date;
    readonly expected?: CheckpointName;
  },
) {
  const { accountId, since, expected } = input;
  const findings: Finding[] = [];
  const begin = await firstToRead(ctx.db, since, expected);
  let before: Before = { last: null, after: Math.max(begin - 1, 0), isFirstRead: begin > 1 };
  let count = 0;
  let isExpectedRead = expected === undefined;
  for await (const checkpoint of checkpointsAfter(ctx.db, before.after)) {
    const problem = await problemOf(ctx, checkpoint, before);
    const isInRange = since === undefined || checkpoint.madeAt >= since;
    if (problem !== null) findings.push(problem);
    else if (isInRange) findings.push(...(await checkHeads(ctx, checkpoint, accountId)));
    const last = nameOf(checkpoint);
    before = { last, after: checkpoint.number, isFirstRead: false };
    count += 1;
    if (last.number !== expected?.number) continue;
    isExpectedRead = true;
    if (last.digest !== expected.digest) {
      findings.push({ accountId: null, seq: last.number, problem: 'checkpoint_replaced' });
    }
  }
  if (!isExpectedRead) {
    const seq = expected?.number ?? null;
    findings.push({ accountId: null, seq, problem: 'checkpoint_missing' });
  }
  return { checkpoints: count, findings, last: before.last };
}

/** The number of the first checkpoint to read: the last one before `since`, or the expected one when that is older. */
async function firstToRead(
  db: Database,
  since: Date | undefined,
  expected: CheckpointName | undefined,
): Promise<number> {
  if (since === undefined) return 0;
  const last = await createCheckpointStore(db).lastBefore(since);
  return expected === undefined ? last : Math.min(last, expected.number);
}

async function* checkpointsAfter(db: Database, begin: number): AsyncGenerator<Checkpoint> {
  const store = createCheckpointStore(db);
  const pages = readPages<Checkpoint>(CHECKPOINTS_AT_ONCE, (last, limit) =>
    store.list({ after: last?.number ?? begin, limit }),
  );
  for await (const page of pages) yield* page;
}

interface Before {
  readonly last: CheckpointName | null;
  readonly after: number;
  /** The checkpoint before was not read, so its digest cannot be compared. */
  readonly isFirstRead: boolean;
}

async function problemOf(
  { signer }: VerifyContext,
  { number, heads, signature }: Checkpoint,
  { last, after, isFirstRead }: Before,
): Promise<Finding | null> {
  if (number !== after + 1) {
    return { accountId: null, seq: after + 1, problem: 'checkpoint_missing' };
  }
  const { payload } = (await signer.verify(signature, { typ: CHECKPOINT_TYPE })) ?? {};
  const isIntact =
    payload !== undefined &&
    payload['number'] === number &&
    payload['heads'] === digestOf(heads) &&
    (isFirstRead || payload['previous'] === (last?.digest ?? null));
  return isIntact ? null : { accountId: null, seq: number, problem: 'checkpoint_forged' };
}

async function checkHeads(
  { store, signer }: VerifyContext,
  { heads }: Checkpoint,
  onlyAccount: string | undefined,
): Promise<readonly Finding[]> {
  const signed = heads
    .split('\n')
    .map((line) => line.split(' '))
    .map(([accountId = '', seq = '', hash = '']) => ({ accountId, seq: Number(seq), hash }))
    .filter(({ accountId }) => onlyAccount === undefined || accountId === onlyAccount);
  const found = await store.hashesAt(signed);
  const findings: Finding[] = [];
  for (const { accountId, seq, hash } of signed) {
    const now = found.get(`${accountId} ${String(seq)}`);
    if (now === hash) continue;
    const head = await store.head(accountId);
    if (head === null) {
      findings.push({ accountId, seq: null, problem: 'account_missing' });
      continue;
    }
    const start = await startOf(signer, head);
    if (start !== null && start.seq >= seq) continue;
    findings.push(
      now === undefined
        ? { accountId, seq: Math.min(head.seq + 1, seq), problem: 'row_missing' }
        : { accountId, seq, problem: 'chain_rewritten' },
    );
  }
  return findings;
}
