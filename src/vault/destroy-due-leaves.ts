import type { Database } from '../platform/postgres.ts';
import type { KeyStore } from '../platform/key-store.ts';
import { createLeavesToDestroyStore } from './leaves-to-destroy-store.ts';

const BATCH = 500;

/** The part of the key store that destroys. */
export type LeafDestroyer = Pick<KeyStore, 'destroy' | 'refresh'>;

/**
 * Destroys in the key store what the main database has let go of. The note is removed last: whatever happens in between is repeated, and
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
    const leaves = await notes.list(BATCH);
    if (leaves.length === 0) break;
    await keyStore.destroy(leaves);
    await notes.remove(leaves);
    destroyed += leaves.length;
  }
  return destroyed;
}
