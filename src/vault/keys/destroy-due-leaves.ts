import type { Database } from '../../platform/postgres/postgres.ts';
import type { KeyStore } from '../../platform/keys/key-store.ts';
import { createLeavesToDestroyStore } from './leaves-to-destroy-store.ts';

const BATCH = 500;
/** Leaves that are destroyed between two rewritings of the table of the tree, which take time. */
const MOST_PER_WIPE = 20 * BATCH;

/** The part of the key store that destroys. */
export type LeafDestroyer = Pick<KeyStore, 'destroy' | 'wipe' | 'refresh'>;

/**
 * Destroys leaves in the key store that the main database no longer uses. The note is removed last: a failure in between is repeated, and
 * repeating changes nothing. Safe to run on every node at once.
 * @returns how many.
 * @throws AppError `database_unavailable` while the key store is away; the notes stay.
 */
export async function destroyDueLeaves(
  { db, keyStore }: { readonly db: Database; readonly keyStore: LeafDestroyer },
  signal?: AbortSignal,
): Promise<number> {
  // Fails while the key store is away, also when there is nothing to destroy: a purge does not begin then.
  await keyStore.refresh();
  const notes = createLeavesToDestroyStore(db);
  let destroyed = 0;
  while (signal?.aborted !== true) {
    const leaves = await notes.list(MOST_PER_WIPE);
    if (leaves.length === 0) break;
    for (let begin = 0; begin < leaves.length; begin += BATCH) {
      await keyStore.destroy(leaves.slice(begin, begin + BATCH));
    }
    await keyStore.wipe();
    await notes.remove(leaves);
    destroyed += leaves.length;
  }
  return destroyed;
}
