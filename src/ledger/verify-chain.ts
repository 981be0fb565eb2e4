import { hashOf, type ChainedRow } from './chain.ts';
import type { ChainHead, ChainStore, RowRange } from './chain-store.ts';
import type { LedgerContext } from './context.ts';
import type { Finding } from './finding.ts';
import { startOf, type ChainStart } from './removal.ts';

type VerifyContext = Pick<LedgerContext, 'signer'> & { readonly store: ChainStore };

/** The result of checking one chain, or a part of it. */
interface Progress {
  readonly at: ChainStart;
  readonly rows: number;
  readonly finding: Finding | null;
}

/** The check of one account's chain. */
interface ChainCheck extends Progress {
  readonly head: ChainHead;
}

const ROWS_OF_EACH = 200;
const ROWS_OF_ONE = 2_000;

/**
 * Checks the chains that end in these heads: every row has the number and hash that follow from the previous row, and
 * the last row is the one in the head. Returns the first fault of each account. With `since` it trusts earlier rows.
 */
export async function verifyChains(
  ctx: VerifyContext,
  heads: readonly ChainHead[],
  since: Date | undefined,
) {
  const begun = await beginAll(ctx, heads, since);
  const ranges = begun.flatMap((checking) => (checking.finding ? [] : [rangeOf(checking)]));
  const first = Map.groupBy(
    await ctx.store.rows(ranges, ROWS_OF_EACH),
    ({ accountId }) => accountId,
  );
  let rows = 0;
  const findings: Finding[] = [];
  for (const checking of begun) {
    const walk = await finish(ctx.store, {
      ...checking,
      ...(checking.finding ? {} : checkRows(checking, first.get(checking.head.accountId) ?? [])),
    });
    rows += walk.rows;
    if (walk.finding !== null) findings.push(walk.finding);
  }
  const beyond = await ctx.store.beyond(heads.map(({ accountId }) => accountId));
  for (const [accountId, seq] of beyond) findings.push({ accountId, seq, problem: 'row_added' });
  return { rows, findings: firstOfEach(findings) };
}

/** The start of a check: the first row, the one after the removed rows, or the first row since a moment. */
async function beginAll(
  { store, signer }: VerifyContext,
  heads: readonly ChainHead[],
  since: Date | undefined,
): Promise<readonly ChainCheck[]> {
  const starts = await Promise.all(heads.map((head) => startOf(signer, head)));
  const begun = heads.map((head, index): ChainCheck => {
    const start = starts[index] ?? null;
    if (start !== null) return { head, at: start, rows: 0, finding: null };
    const finding = { accountId: head.accountId, seq: null, problem: 'removal_forged' } as const;
    return { head, at: { seq: 0, hash: head.hash }, rows: 0, finding };
  });
  return since === undefined ? begun : skipUntil(store, begun, since);
}

async function skipUntil(
  store: ChainStore,
  begun: readonly ChainCheck[],
  since: Date,
): Promise<readonly ChainCheck[]> {
  const accountIds = begun.map(({ head }) => head.accountId);
  const firsts = await store.firstSince(accountIds, since);
  // The row before the first is trusted; the last row is checked in any case.
  const skipped = begun.map((checking) => ({
    ...checking,
    trusted: Math.min(firsts.get(checking.head.accountId) ?? Infinity, checking.head.seq) - 1,
  }));
  const hashes = await store.hashesAt(
    skipped.flatMap(({ head: { accountId }, trusted }) => [
      { accountId, seq: trusted },
      { accountId, seq: trusted + 1 },
    ]),
  );
  return skipped.map(({ trusted, ...checking }) => {
    if (checking.finding !== null || trusted <= checking.at.seq) return checking;
    const { accountId } = checking.head;
    // Earlier rows may have been archived; then the check begins at the first remaining row.
    for (const seq of [trusted, trusted + 1]) {
      const hash = hashes.get(`${accountId} ${String(seq)}`);
      if (hash !== undefined) return { ...checking, at: { seq, hash: Buffer.from(hash, 'hex') } };
    }
    return { ...checking, finding: { accountId, seq: trusted + 1, problem: 'row_missing' } };
  });
}

async function finish(store: ChainStore, begun: ChainCheck): Promise<Progress> {
  const { head } = begun;
  let walk: Progress = begun;
  while (walk.finding === null && walk.at.seq < head.seq) {
    const { at, rows: count } = walk;
    const more = await store.rows([rangeOf({ head, at })], ROWS_OF_ONE);
    walk =
      more.length === 0
        ? { at, rows: count, finding: missing({ head, at }) }
        : checkRows({ head, at, rows: count }, more);
  }
  const { at, finding } = walk;
  if (finding !== null || (at.seq === head.seq && at.hash.equals(head.hash))) return walk;
  return { ...walk, finding: { accountId: head.accountId, seq: head.seq, problem: 'end_changed' } };
}

function rangeOf({ head, at }: Pick<ChainCheck, 'head' | 'at'>): RowRange {
  return { accountId: head.accountId, after: at.seq, until: head.seq };
}

function missing({ head, at }: Pick<ChainCheck, 'head' | 'at'>): Finding {
  return { accountId: head.accountId, seq: at.seq + 1, problem: 'row_missing' };
}

function checkRows(
  { head, at: begun, rows: before }: Omit<ChainCheck, 'finding'>,
  rows: readonly ChainedRow[],
): Progress {
  const { accountId } = head;
  let at = begun;
  let count = before;
  for (const row of rows) {
    const seq = Number(row.seq);
    if (seq > at.seq + 1)
      return { at, rows: count, finding: { accountId, seq: at.seq + 1, problem: 'row_missing' } };
    if (seq <= at.seq)
      return { at, rows: count, finding: { accountId, seq, problem: 'row_added' } };
    if (!hashOf(row, at.hash).equals(row.hash)) {
      return { at, rows: count, finding: { accountId, seq, problem: 'row_changed' } };
    }
    at = { seq, hash: row.hash };
    count += 1;
  }
  return { at, rows: count, finding: null };
}

function firstOfEach(findings: readonly Finding[]): Finding[] {
  const first = new Map<string | null, Finding>();
  for (const finding of findings) {
    const known = first.get(finding.accountId);
    if (known === undefined || (finding.seq ?? 0) < (known.seq ?? 0)) {
      first.set(finding.accountId, finding);
    }
  }
  return [...first.values()];
}
