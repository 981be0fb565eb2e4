import { UnknownKeyError, type KeySource, type Sealer } from './encryption.ts';
import { AppError } from '../app-error.ts';
import type { Database } from '../postgres/postgres.ts';
import { createSealedColumnStore, type SealedColumnStore } from './sealed-column-store.ts';
import type { SealedColumn } from './sealed-column.ts';

export interface RotationDeps {
  readonly keyring: KeySource;
  /** Encrypts with the keys of `keyring`. */
  readonly masterSealer: Sealer;
  /** Every column that a master key seals. */
  readonly columns: readonly RotatedColumn[];
}

/** A column and the database it is in: the main one or the key store. */
interface RotatedColumn extends SealedColumn {
  readonly db: Database;
}

/** The number of rows of one column under each version. */
interface ColumnVersions {
  readonly name: string;
  readonly byVersion: ReadonlyMap<number, number>;
}

/** The master key versions in use. */
export interface KeyStatus {
  /** The version that seals. */
  readonly current: number;
  /** Versions that this process can open. */
  readonly known: readonly number[];
  readonly columns: readonly ColumnVersions[];
  /** Rows under other versions than the current one. At zero the other keys can be removed. */
  readonly remaining: number;
}

interface RotateOptions {
  readonly batchSize: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: RotationProgress) => void;
}

/** The rows of one column that have been sealed again, of all that need it. */
export interface RotationProgress {
  readonly column: string;
  readonly done: number;
  readonly total: number;
}

/** Counts rows by the version that sealed them. */
export async function readKeyStatus(deps: RotationDeps): Promise<KeyStatus> {
  const keys = deps.keyring.keys();
  const current = keys[0]?.version ?? 0;
  const columns: ColumnVersions[] = [];
  for (const column of deps.columns) {
    const byVersion = await createSealedColumnStore(column.db, column).countByVersion();
    columns.push({ name: nameOf(column), byVersion });
  }
  const remaining = columns
    .flatMap(({ byVersion }) => [...byVersion])
    .reduce((sum, [version, count]) => sum + (version === current ? 0 : count), 0);
  return { current, known: keys.map(({ version }) => version), columns, remaining };
}

/**
 * Re-encrypts everything under older versions while servers run: each row is replaced only if it has not changed since
 * it was read. Finished rows are not changed again, so the rotation can be stopped or killed, and started again at any
 * time.
 * @throws AppError `master_key_missing` when a row needs a version that is not configured.
 */
export async function rotateMasterKey(
  deps: RotationDeps,
  options: RotateOptions,
): Promise<KeyStatus> {
  for (const column of deps.columns) {
    if (options.signal?.aborted === true) break;
    await rotateColumn(deps, column, options);
  }
  return readKeyStatus(deps);
}

async function rotateColumn(
  deps: RotationDeps,
  column: RotatedColumn,
  options: RotateOptions,
): Promise<void> {
  const store = createSealedColumnStore(column.db, column);
  const current = deps.keyring.keys()[0]?.version ?? 0;
  const total = await store.countOlder(current);
  let done = 0;
  let after: string | null = null;
  while (options.signal?.aborted !== true) {
    const rows = await store.listOlder({ current, after, limit: options.batchSize });
    const last = rows.at(-1);
    if (last === undefined) return;
    await replace(deps, store, { column, rows });
    after = last.key;
    done += rows.length;
    options.onProgress?.({ column: nameOf(column), done, total });
  }
}

interface Batch {
  readonly column: SealedColumn;
  readonly rows: Awaited<ReturnType<SealedColumnStore['listOlder']>>;
}

async function replace(
  { masterSealer }: RotationDeps,
  store: SealedColumnStore,
  { column, rows }: Batch,
): Promise<void> {
  const renewed = rows.map(({ key, sealed, row }) => {
    const context = column.contextOf(row);
    try {
      return {
        key,
        before: sealed,
        after: masterSealer.seal(masterSealer.open(sealed, context), context),
      };
    } catch (error) {
      if (!(error instanceof UnknownKeyError)) throw error;
      const version = String(masterSealer.versionOf(sealed));
      throw new AppError('conflict', 'master_key_missing', {
        cause: error,
        detail: `A row of ${nameOf(column)} is under master key ${version}, which is not in MASTER_KEYS.`,
      });
    }
  });
  await store.replace(renewed);
}

function nameOf({ table, column }: SealedColumn): string {
  return `${table}.${column}`;
}
