import { randomBytes, randomUUID } from 'node:crypto';

import { AppError } from '../app-error.ts';
import { createSealer, UnknownKeyError, type KeySource, type Sealer } from './encryption.ts';
import {
  createInstallationStore,
  createKeyInstallationStore,
  type KeyInstallationRow,
} from '../postgres/installation-store.ts';
import { lockKeyStore, prepareKeyStore } from './key-store-schema.ts';
import { puncture } from './key-tree.ts';
import { openPostgres, type Database, type Postgres } from '../postgres/postgres.ts';
import { rewriteTreeNodes } from './rewrite-tree-nodes.ts';
import { readChanges, readTree, ROWS_AT_ONCE, sealNode } from './read-key-tree.ts';
import { createTreeNodeStore } from './tree-node-store.ts';

/**
 * A small database with an address of its own, for the keys that a dump of the main database must not contain: the tree of keys
 * that wraps the keys of the accounts, and the transient keys. Opening a leaf needs no statement, because the tree is in memory.
 * A leaf that another node has destroyed can be opened here until {@link KeyStore.refresh}.
 */
export interface KeyStore extends LeafKeys {
  readonly db: Postgres;
  /** Encrypts with the key of this store, which a master key wraps. */
  readonly sealer: Sealer;
  /** Removes the leaves that other nodes destroyed from memory. */
  refresh(): Promise<void>;
  /**
   * Destroys leaves; already destroyed ones are ignored. Call {@link KeyStore.wipe} afterwards.
   * @throws AppError `database_unavailable`: then repeat the call.
   */
  destroy(leaves: readonly number[]): Promise<void>;
  /**
   * Rewrites the table of the tree, so that its file no longer contains what was destroyed.
   * @throws AppError `database_unavailable`: then repeat the call.
   */
  wipe(): Promise<void>;
  close(): Promise<void>;
}

/** The keys of single accounts. */
export interface LeafKeys {
  /** Seals and opens with the key of this leaf. @throws UnknownKeyError when it was destroyed. */
  sealerOf(leaf: number): Sealer;
  isDestroyed(leaf: number): boolean;
}

interface KeyStoreDeps {
  readonly url: string;
  /** The main database, migrated. */
  readonly db: Database;
  readonly keyring: KeySource;
  /** Encrypts with the keys of `keyring`. */
  readonly masterSealer: Sealer;
  /** Set by the restore command: then a main database without this row is an older one of the same installation. */
  readonly isRestoring?: true;
}

const POOL_SIZE = 2;
const KEY_BYTES = 32;
/** The first bytes of everything that a leaf seals; the key of a leaf never changes. */
const LEAF_VERSION = 1;

/**
 * Opens the key store, and creates it at the first start.
 * @throws AppError `key_store_lost` when accounts need one and this one is empty, `key_store_foreign` when it belongs to another
 * installation, `master_key_missing`, `database_unavailable`.
 */
export async function openKeyStore(deps: KeyStoreDeps): Promise<KeyStore> {
  const db = openPostgres({
    url: deps.url,
    poolSize: POOL_SIZE,
    applicationName: 'consentry-key-store',
  });
  try {
    await prepareKeyStore(db);
    const { wrappedKey } = await identify(deps, db);
    const key = openStoreKey(deps, wrappedKey);
    return await createKeyStore({ ...deps, keyStore: db, key });
  } catch (error) {
    await db.close();
    throw error;
  }
}

function openStoreKey({ masterSealer }: KeyStoreDeps, wrappedKey: Buffer): Buffer {
  try {
    return masterSealer.open(wrappedKey, storeKeyContext());
  } catch (error) {
    if (!(error instanceof UnknownKeyError)) throw error;
    const version = String(masterSealer.versionOf(wrappedKey));
    throw new AppError('conflict', 'master_key_missing', {
      cause: error,
      detail: `The key store is under master key ${version}, which is not in MASTER_KEYS.`,
    });
  }
}

/** The context for which the key of the store is sealed. */
export function storeKeyContext(): string {
  return 'key_store.installation:wrapped_key';
}

/** Checks that both databases belong together; at the first start it creates the row and the key of the store. */
async function identify(deps: KeyStoreDeps, keyStore: Postgres): Promise<KeyInstallationRow> {
  return keyStore.transaction(async (tx) => {
    await lockKeyStore(tx);
    const main = createInstallationStore(deps.db);
    const [known, keys] = [await main.find(), await createKeyInstallationStore(tx).find()];
    if (keys !== null) {
      const isOurs = known === null ? deps.isRestoring === true : known.id === keys.id;
      if (!isOurs) throw foreign();
      return keys;
    }
    if (known !== null && (await main.needsLeaves())) throw lost();
    return createFirst(deps, tx, known?.id ?? randomUUID());
  });
}

function foreign(): AppError {
  return new AppError('conflict', 'key_store_foreign', {
    detail:
      'The main database and the key store belong to different installations. Correct DATABASE_URL or KEY_STORE_URL, or run "consentry restore" after restoring a dump.',
  });
}

function lost(): AppError {
  return new AppError('conflict', 'key_store_lost', {
    detail:
      'The key store is empty, and accounts need its keys. Restore the key store from its backup, or correct KEY_STORE_URL.',
  });
}

/**
 * The id is written to the main database first: the next start finds an id without a key store and continues from
 * there.
 */
async function createFirst(
  { db, masterSealer }: KeyStoreDeps,
  tx: Database,
  id: string,
): Promise<KeyInstallationRow> {
  await createInstallationStore(db).insert(id);
  const key = randomBytes(KEY_BYTES);
  const wrappedKey = masterSealer.seal(key, storeKeyContext());
  await createKeyInstallationStore(tx).insert({ id, wrappedKey });
  const root = { depth: 0, position: 0, key: randomBytes(KEY_BYTES) };
  const sealer = createSealer([{ version: 1, key }]);
  await createTreeNodeStore(tx).insert([sealNode(sealer, root)]);
  return { id, wrappedKey, incarnation: 0, marker: 0, restoreStartedAt: null };
}

interface OpenedKeyStore extends KeyStoreDeps {
  readonly keyStore: Postgres;
  /** The key of the store. */
  readonly key: Buffer;
}

async function createKeyStore({ url, keyStore, keyring, key }: OpenedKeyStore): Promise<KeyStore> {
  const storeKeys = [{ version: 1, key }];
  // A node that may no longer use the master keys must not use the keys that they opened.
  const sealer = createSealer({
    keys: () => {
      keyring.keys();
      return storeKeys;
    },
  });
  let tree = await readTree(keyStore, sealer);
  // Sequentially, because an older answer must not restore leaves that a newer one removed.
  let reading: Promise<void> = Promise.resolve();
  const read = (from: Database): Promise<void> => {
    const mine = reading.then(async () => {
      if (!(await readChanges(from, tree, sealer))) tree = await readTree(from, sealer);
    });
    reading = mine.catch(() => undefined);
    return mine;
  };
  const keyOf = (leaf: number): Buffer | null => {
    keyring.keys();
    return tree.cover.keyOf(leaf);
  };

  return {
    db: keyStore,
    sealer,
    sealerOf: (leaf: number) => {
      const leafKey = keyOf(leaf);
      if (leafKey === null) throw new UnknownKeyError();
      return createSealer([{ version: LEAF_VERSION, key: leafKey }]);
    },
    isDestroyed: (leaf: number) => tree.cover.find(leaf) === null,
    refresh: () => read(keyStore),
    destroy: async (leaves: readonly number[]) => {
      await keyStore.transaction(async (tx) => {
        await lockKeyStore(tx);
        await read(tx);
        const { removed, added } = puncture(tree.cover, leaves);
        const store = createTreeNodeStore(tx);
        await store.remove(removed);
        await store.insert(added.map((node) => sealNode(sealer, node)));
        await store.recordDestroyed(leaves);
      });
      await read(keyStore);
    },
    wipe: async () => {
      await rewriteTreeNodes(url);
      const { forgetDestroyed } = createTreeNodeStore(keyStore);
      while ((await forgetDestroyed(ROWS_AT_ONCE)) === ROWS_AT_ONCE);
    },
    close: () => keyStore.close(),
  } satisfies KeyStore;
}
