import { createInstallationStore } from '../../platform/postgres/installation-store.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import { rewrapKey, type KeyWrapping } from './account-key.ts';
import { createAccountKeyStore, type UnmovedKey } from './account-key-store.ts';
import { takeLeaves } from './create-account-key.ts';

interface MoveOptions {
  readonly batchSize: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

export type MoveDeps = KeyWrapping & { readonly db: Database };

/**
 * Moves account keys that a master key still wraps to leaves of the key tree, while servers run; new keys get leaves
 * from now on. Do not call it while nodes of a version without a key store run, because they cannot open such keys. It
 * can be stopped and started again.
 * @returns the number of moved keys.
 * @throws UnknownKeyError when a required master key is missing.
 */
export async function moveAccountKeys(deps: MoveDeps, options: MoveOptions): Promise<number> {
  const { db } = deps;
  await createInstallationStore(db).useLeaves();
  const counts = await countUnmovedKeys(db);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  let moved = 0;
  while (options.signal?.aborted !== true) {
    const rows = await createAccountKeyStore(db).listUnmoved(options.batchSize);
    if (rows.length === 0) break;
    await moveBatch(deps, rows);
    moved += rows.length;
    options.onProgress?.({ done: moved, total });
  }
  return moved;
}

/** A row that was changed or removed meanwhile is not changed, and its leaf is not used for another account. */
async function moveBatch(deps: MoveDeps, rows: readonly UnmovedKey[]): Promise<void> {
  const leaves = await takeLeaves(deps, deps.db, { count: rows.length });
  const moved = rows.map(({ accountId, wrappedKey }, index) => {
    const leaf = leaves[index] ?? null;
    const after = rewrapKey(deps, { accountId, leaf }, { wrappedKey, leaf: null });
    return { accountId, before: wrappedKey, after };
  });
  await createAccountKeyStore(deps.db).replaceUnmoved(moved);
}

/** Version of the master key -> number of keys that it still wraps. */
export async function countUnmovedKeys(db: Database): Promise<ReadonlyMap<number, number>> {
  return createAccountKeyStore(db).countUnmoved();
}
