import { createHash } from 'node:crypto';

import { createCheckpointStore, type Checkpoint } from './checkpoint-store.ts';
import type { LedgerContext } from './context.ts';

/** The type in the header of a checkpoint's signature. */
export const CHECKPOINT_TYPE = 'ledger-checkpoint+jwt';

const HEADS_PER_CHECKPOINT = 1_000;

/**
 * Signs the ends of all chains that have grown since they were last signed, up to 1000 in each checkpoint. Each
 * checkpoint names the digest of the one before, so that none can be removed. Ends as soon as `signal` is aborted.
 * @returns the checkpoints that were made, oldest first.
 */
export async function signCheckpoints(
  ctx: LedgerContext,
  signal?: AbortSignal,
): Promise<readonly CheckpointName[]> {
  const made: CheckpointName[] = [];
  while (signal?.aborted !== true) {
    const checkpoint = await signNext(ctx);
    if (checkpoint === null) break;
    made.push(nameOf(checkpoint));
  }
  return made;
}

/** A reference that an operator stores elsewhere, to prove later that a checkpoint, and all before it, still exist. */
export interface CheckpointName {
  readonly number: number;
  /** SHA-256 of the signature, in hexadecimal. */
  readonly digest: string;
}

/** The reference to a checkpoint. */
export function nameOf({ number, signature }: Checkpoint): CheckpointName {
  return { number, digest: digestOf(signature) };
}

/** SHA-256 in hexadecimal. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function signNext({ db, clock, signer }: LedgerContext): Promise<Checkpoint | null> {
  return db.transaction(async (tx) => {
    const store = createCheckpointStore(tx);
    await store.lock();
    const lines = await store.unsigned(HEADS_PER_CHECKPOINT);
    if (lines.length === 0) return null;
    const last = await store.newest();
    const heads = lines.join('\n');
    const number = (last?.number ?? 0) + 1;
    const madeAt = clock.now();
    const signature = await signer.sign(
      {
        number,
        previous: last === null ? null : digestOf(last.signature),
        heads: digestOf(heads),
        at: madeAt.toISOString(),
      },
      { typ: CHECKPOINT_TYPE },
    );
    const checkpoint = { number, heads, signature, madeAt };
    await store.insert(checkpoint);
    await store.markSigned(heads);
    return checkpoint;
  });
}
