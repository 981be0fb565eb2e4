import type { Database } from '../platform/postgres/postgres.ts';
import { createChainStore, type ChainHead } from './chain-store.ts';
import { NO_HASH } from './chain.ts';
import type { LedgerContext } from './context.ts';

/** The type in the header of a removal's signature. */
const REMOVAL_TYPE = 'ledger-removal+jwt';

/**
 * Signs a statement that the server itself removes all present rows of an account, so that a check of the ledger does not report
 * tampering. Call it before the rows are deleted, in the caller's transaction. A second call covers the rows that were added since.
 */
export async function signRemoval(
  { clock, signer }: LedgerContext,
  tx: Database,
  accountId: string,
): Promise<void> {
  const store = createChainStore(tx);
  const head = await store.lockHead(accountId);
  if (head === null) return;
  const removal = await signer.sign(
    {
      account: accountId,
      seq: head.seq,
      hash: head.hash.toString('hex'),
      at: clock.now().toISOString(),
    },
    { typ: REMOVAL_TYPE },
  );
  await store.setRemoval(accountId, removal);
}

/** The last row that the server removed itself, and its hash. */
export interface ChainStart {
  readonly seq: number;
  readonly hash: Buffer;
}

/** The row before the first row of an account's chain. Null when the statement about removed rows is forged. */
export async function startOf(
  signer: Pick<LedgerContext['signer'], 'verify'>,
  { accountId, removal }: ChainHead,
): Promise<ChainStart | null> {
  if (removal === null) return { seq: 0, hash: NO_HASH };
  const { account, seq, hash } =
    (await signer.verify(removal, { typ: REMOVAL_TYPE }))?.payload ?? {};
  if (account !== accountId || typeof seq !== 'number' || typeof hash !== 'string') return null;
  return { seq, hash: Buffer.from(hash, 'hex') };
}
