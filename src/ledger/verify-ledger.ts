import { createChainStore, type ChainHead, type ChainStore } from './chain-store.ts';
import type { LedgerContext } from './context.ts';
import type { Finding } from './finding.ts';
import type { CheckpointName } from './sign-checkpoints.ts';
import { verifyChains } from './verify-chain.ts';
import { verifyCheckpoints } from './verify-checkpoints.ts';

export interface VerifyLedgerInput {
  /** Only this account. */
  readonly accountId?: string;
  /** Trusts rows from before this moment. */
  readonly since?: Date;
  /** A checkpoint that was stored elsewhere and must still exist. */
  readonly expected?: CheckpointName;
  /** Called with each account's first problem, as it is found. */
  readonly onFinding?: (finding: Finding) => void;
  /** Called after each page of accounts. */
  readonly onProgress?: (soFar: { readonly accounts: number; readonly rows: number }) => void;
}

const ACCOUNTS_AT_ONCE = 50;
const LOWEST = '00000000-0000-0000-0000-000000000000';
const HIGHEST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/**
 * Reads the whole ledger and returns its faults: rows changed, removed, added, moved, or missing at an end. Memory does not
 * grow with the ledger, and releases can be written meanwhile.
 */
export async function verifyLedger(ctx: LedgerContext, input: VerifyLedgerInput) {
  const store = createChainStore(ctx.db);
  const checking = { ...ctx, store };
  let [accounts, rows, findings] = [0, 0, 0];
  /** Accounts with a fault; few in practice. */
  const reported = new Set<string>();
  const report = (found: readonly Finding[]): void => {
    for (const finding of found) {
      if (finding.accountId !== null) {
        if (reported.has(finding.accountId)) continue;
        reported.add(finding.accountId);
      }
      findings += 1;
      input.onFinding?.(finding);
    }
  };
  for await (const { heads, headless } of pagesOf(store, input.accountId)) {
    const checked = await verifyChains(checking, heads, input.since);
    report(await confirm(checking, checked.findings, input.since));
    report(headless.map((accountId) => ({ accountId, seq: null, problem: 'account_missing' })));
    accounts += heads.length;
    rows += checked.rows;
    input.onProgress?.({ accounts, rows });
  }
  const { checkpoints, last, findings: signed } = await verifyCheckpoints(checking, input);
  report(signed);
  return { accounts, rows, checkpoints, findings, lastCheckpoint: last };
}

interface Page {
  readonly heads: readonly ChainHead[];
  /** Accounts with rows but without a head. */
  readonly headless: readonly string[];
}

async function* pagesOf(store: ChainStore, accountId: string | undefined): AsyncGenerator<Page> {
  if (accountId !== undefined) {
    const head = await store.head(accountId);
    const hasRows = (await store.rows([{ accountId, after: 0, until: 1 }], 1)).length > 0;
    yield {
      heads: head === null ? [] : [head],
      headless: head === null && hasRows ? [accountId] : [],
    };
    return;
  }
  let after = LOWEST;
  for (;;) {
    const heads = await store.heads({ after, limit: ACCOUNTS_AT_ONCE });
    const until = heads.length < ACCOUNTS_AT_ONCE ? HIGHEST : (heads.at(-1)?.accountId ?? HIGHEST);
    yield { heads, headless: await store.headless({ after, until }) };
    if (until === HIGHEST) return;
    after = until;
  }
}

/** Checks each fault again, because the server may have removed the account while its rows were read. */
async function confirm(
  ctx: LedgerContext & { readonly store: ChainStore },
  findings: readonly Finding[],
  since: Date | undefined,
): Promise<readonly Finding[]> {
  const confirmed: Finding[] = [];
  for (const { accountId } of findings) {
    const head = accountId === null ? null : await ctx.store.head(accountId);
    if (head === null) continue;
    confirmed.push(...(await verifyChains(ctx, [head], since)).findings);
  }
  return confirmed;
}
