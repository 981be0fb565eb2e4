import type { Clock } from '../platform/clock.ts';
import { isAppError } from '../platform/app-error.ts';
import type { Database } from '../platform/postgres/postgres.ts';
import type { Signer } from '../platform/keys/signer.ts';
import { createChainStore, type ChainHead } from './chain-store.ts';
import { NO_HASH } from './chain.ts';

export interface RemovalDeps {
  readonly clock: Clock;
  readonly signer: Pick<Signer, 'sign'>;
}

/** The type in the header of a removal's signature. */
export const REMOVAL_TYPE = 'ledger-removal+jwt';

/**
 * Signs a statement that the server itself removes all present rows of an account, so that a check of the ledger does not report
 * tampering. Call it before the rows are deleted, in the caller's transaction. A second call covers the rows that were added since.
 */
export async function signRemoval(
  { clock, signer }: RemovalDeps,
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

/** A row up to which everything counts as rightly gone, and its hash. */
export interface ChainStart {
  readonly seq: number;
  readonly hash: Buffer;
}

/** The beginning of an account's chain: its first row, or the one after the removed rows. Null when the statement is not ours. */
export async function startOf(
  signer: Pick<Signer, 'verify'>,
  { accountId, removal }: ChainHead,
): Promise<ChainStart | null> {
  if (removal === null) return { seq: 0, hash: NO_HASH };
  try {
    const { payload } = await signer.verify(removal, { typ: REMOVAL_TYPE });
    const { account, seq, hash } = payload;
    if (account !== accountId || typeof seq !== 'number' || typeof hash !== 'string') return null;
    return { seq, hash: Buffer.from(hash, 'hex') };
  } catch (error) {
    if (isAppError(error, 'signature_invalid')) return null;
    throw error;
  }
}
