import type { Database } from '../platform/postgres/postgres.ts';
import type { Signer } from '../platform/keys/signer.ts';
import { createChainStore, type ChainHead, type ChainStore } from './chain-store.ts';
import type { CheckpointName } from './sign-checkpoints.ts';
import { verifyChains } from './verify-chain.ts';
import { verifyCheckpoints } from './verify-checkpoints.ts';

export interface VerifyDeps {
  readonly db: Database;
  readonly signer: Pick<Signer, 'verify'>;
}

/** A fault and the row at which it begins. */
export interface Finding {
  /** Null when it is about a checkpoint. */
  readonly accountId: string | null;
  /** The number of the row, or of the checkpoint; null when it is about the account as a whole. */
  readonly seq: number | null;
  readonly problem:
    | 'row_changed'
    | 'row_missing'
    | 'row_added'
    | 'end_changed'
    | 'chain_rewritten'
    | 'account_missing'
    | 'removal_forged'
    | 'checkpoint_missing'
    | 'checkpoint_replaced'
    | 'checkpoint_forged';
}

export interface VerifyLedgerInput {
  /** Only this account. */
  readonly accountId?: string;
  /** Trusts rows from before this moment. */
  readonly since?: Date;
  /** A checkpoint that was noted elsewhere and must still be there. */
  readonly expected?: CheckpointName;
  /** Called with each account's first problem, as it is found. */
  readonly onFinding?: (finding: Finding) => void;
  /** Called now and then. */
  readonly onProgress?: (soFar: { readonly accounts: number; readonly rows: number }) => void;
}

export interface VerifiedLedger {
  readonly accounts: number;
  readonly rows: number;
  readonly checkpoints: number;
  readonly findings: number;
  readonly lastCheckpoint: CheckpointName | null;
}

const ACCOUNTS_AT_ONCE = 50;
const LOWEST = '00000000-0000-0000-0000-000000000000';
const HIGHEST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/**
 * Reads the ledger from end to end and returns its faults: rows changed, taken out, put in, moved, or gone from
 * an end. Memory does not grow with the ledger, and releases go on being written meanwhile.
 */
export async function verifyLedger(
  deps: VerifyDeps,
  input: VerifyLedgerInput,
): Promise<VerifiedLedger> {
  const store = createChainStore(deps.db);
  const checking = { ...deps, store };
  let [accounts, rows, findings] = [0, 0, 0];
  // Accounts that are broken; few, or the rest hardly matters.
  const told = new Set<string>();
  const tell = (found: readonly Finding[]): void => {
    for (const finding of found) {
      if (finding.accountId !== null) {
        if (told.has(finding.accountId)) continue;
        told.add(finding.accountId);
      }
      findings += 1;
      input.onFinding?.(finding);
    }
  };
  for await (const page of pagesOf(store, input.accountId)) {
    const checked = await verifyChains(checking, page.heads, input.since);
    tell(await confirm(checking, checked.findings, input.since));
    tell(page.headless.map((accountId) => ({ accountId, seq: null, problem: 'account_missing' })));
    accounts += page.heads.length;
    rows += checked.rows;
    input.onProgress?.({ accounts, rows });
  }
  const { checkpoints, last, findings: signed } = await verifyCheckpoints(checking, input);
  tell(signed);
  return { accounts, rows, checkpoints, findings, lastCheckpoint: last };
}

interface Page {
  readonly heads: readonly ChainHead[];
  /** Accounts with rows whose head is gone. */
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

/** An account may have been removed rightly while its rows were read: a fault is checked once more. */
async function confirm(
  deps: VerifyDeps & { readonly store: ChainStore },
  findings: readonly Finding[],
  since: Date | undefined,
): Promise<readonly Finding[]> {
  const confirmed: Finding[] = [];
  for (const { accountId } of findings) {
    const head = accountId === null ? null : await deps.store.head(accountId);
    if (head === null) continue;
    confirmed.push(...(await verifyChains(deps, [head], since)).findings);
  }
  return confirmed;
}
