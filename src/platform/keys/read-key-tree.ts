import type { Sealer } from './encryption.ts';
import { createKeyCover, type KeyCover, type TreeNode, type TreePlace } from './key-tree.ts';
import type { Database } from '../postgres/postgres.ts';
import {
  createTreeNodeStore,
  type DestroyedLeafRow,
  type NewTreeNodeRow,
} from './tree-node-store.ts';

/** The tree as a process has read it. */
interface ReadTree {
  readonly cover: KeyCover;
  /** The ids of the newest rows that were read, as text. */
  readonly seen: { node: string; leaf: string };
}

/** Rows of one statement: statements have a time limit, and the tree can be large. */
export const ROWS_AT_ONCE = 20_000;

/**
 * Reads all remaining nodes. Earlier destructions are not needed, because none of these nodes is above a destroyed
 * leaf.
 */
export async function readTree(db: Database, sealer: Sealer): Promise<ReadTree> {
  const leaf = await createTreeNodeStore(db).lastDestroyed();
  const tree = { cover: createKeyCover(), seen: { node: '0', leaf } };
  await readNodes(db, tree, sealer);
  return tree;
}

/**
 * Brings the tree in memory up to date. Destroyed leaves are read before the nodes. Nodes of a later destruction only
 * give keys that are already in memory; a destruction without its nodes would lose keys.
 * @returns false, and changes nothing, when leaves that were destroyed in between are no longer listed.
 */
export async function readChanges(db: Database, tree: ReadTree, sealer: Sealer): Promise<boolean> {
  const { cover, seen } = tree;
  const destroyed = await listDestroyed(db, seen.leaf);
  if (destroyed.length > 0 && destroyed[0]?.id !== seen.leaf) return false;
  await readNodes(db, tree, sealer);
  for (const { leaf } of destroyed) {
    for (let node = cover.find(leaf); node !== null; node = cover.find(leaf)) cover.remove(node);
  }
  seen.leaf = destroyed.at(-1)?.id ?? seen.leaf;
  return true;
}

async function readNodes(db: Database, { cover, seen }: ReadTree, sealer: Sealer): Promise<void> {
  const store = createTreeNodeStore(db);
  for (;;) {
    const rows = await store.list(seen.node, ROWS_AT_ONCE);
    for (const row of rows) cover.add(openNode(sealer, row));
    seen.node = rows.at(-1)?.id ?? seen.node;
    if (rows.length < ROWS_AT_ONCE) return;
  }
}

/** Destroyed leaves with the id `from` and later. */
async function listDestroyed(db: Database, from: string): Promise<DestroyedLeafRow[]> {
  const store = createTreeNodeStore(db);
  const found = await store.listDestroyed(from, ROWS_AT_ONCE);
  for (let some = found; some.length === ROWS_AT_ONCE;) {
    some = await store.listDestroyed(String(BigInt(found.at(-1)?.id ?? 0) + 1n), ROWS_AT_ONCE);
    found.push(...some);
  }
  return found;
}

/** Encrypts a node for storage. `sealer` has the key of the store. */
export function sealNode(sealer: Sealer, { depth, position, key }: TreeNode): NewTreeNodeRow {
  return { depth, position, sealedKey: sealer.seal(key, nodeContext({ depth, position })) };
}

function openNode(sealer: Sealer, { depth, position, sealedKey }: NewTreeNodeRow): TreeNode {
  return { depth, position, key: sealer.open(sealedKey, nodeContext({ depth, position })) };
}

function nodeContext({ depth, position }: TreePlace): string {
  return `key_store.tree_nodes:sealed_key:${String(depth)}:${String(position)}`;
}
