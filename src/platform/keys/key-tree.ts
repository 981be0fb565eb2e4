import { createHmac } from 'node:crypto';

/**
 * A node of a binary tree of keys of which single leaves can be destroyed for good: a puncturable pseudo-random function (Boneh and
 * Waters, "Constrained Pseudorandom Functions and Their Applications", 2013) over the tree of Goldreich, Goldwasser and Micali.
 * The key of a node gives the keys of both children by HMAC-SHA256; no key gives that of its parent or its sibling. A
 * leaf is destroyed by replacing a node above it by the siblings on the path to it: they give every other leaf, but not
 * this one.
 */
export interface TreeNode {
  /** 0 for the root, {@link LEAF_DEPTH} for a leaf. */
  readonly depth: number;
  /** Number of the node at its depth, from the left. */
  readonly position: number;
  /** 32 bytes. */
  readonly key: Buffer;
}

/** Where a node stands. */
export type TreePlace = Omit<TreeNode, 'key'>;

/** Levels below the root. Leaves are numbered with 44 bits, which a JavaScript number holds exactly. */
export const LEAF_DEPTH = 44;

/**
 * Derived keys at these depths are cached: a recently used leaf costs no derivation, and a leaf near it costs eight.
 */
const KEPT_DEPTHS = [LEAF_DEPTH, LEAF_DEPTH - 8] as const;
const MOST_KEPT = 10_000;

/**
 * The remaining nodes of a tree. If there are none, every leaf is destroyed.
 */
export function createKeyCover() {
  const levels = Array.from({ length: LEAF_DEPTH + 1 }, () => new Map<number, TreeNode>());
  const kept = KEPT_DEPTHS.map((depth) => ({ depth, nodes: new Map<number, TreeNode>() }));
  let size = 0;

  const forget = (nodes: Map<number, TreeNode>): void => {
    for (const { key } of nodes.values()) key.fill(0);
    nodes.clear();
  };
  const find = (leaf: number): TreeNode | null => {
    requireLeaf(leaf);
    for (const [depth, level] of levels.entries()) {
      const node = level.size === 0 ? undefined : level.get(ancestorOf(leaf, depth));
      if (node !== undefined) return node;
    }
    return null;
  };
  /** The node at `KEPT_DEPTHS[level]` above the leaf, or the one of the cover that is nearer; null when there is none. */
  const near = (leaf: number, level = 0): TreeNode | null => {
    const keeper = kept[level];
    if (keeper === undefined) return find(leaf);
    const position = ancestorOf(leaf, keeper.depth);
    const known = keeper.nodes.get(position);
    if (known !== undefined) return known;
    const above = near(leaf, level + 1);
    if (above === null || above.depth >= keeper.depth) return above;
    if (keeper.nodes.size >= MOST_KEPT) forget(keeper.nodes);
    const place = { depth: keeper.depth, position };
    const node = { ...place, key: descend(above, place) };
    keeper.nodes.set(position, node);
    return node;
  };

  return {
    add(node: TreeNode): void {
      if (levels[node.depth]?.has(node.position) === false) size += 1;
      levels[node.depth]?.set(node.position, node);
    },

    /** Forgets the node and wipes its key. */
    remove({ depth, position }: TreePlace): void {
      const node = levels[depth]?.get(position);
      if (node === undefined) return;
      node.key.fill(0);
      levels[depth]?.delete(position);
      size -= 1;
      for (const { nodes } of kept) forget(nodes);
    },

    /** The node that gives this leaf; null when the leaf was destroyed. */
    find,

    /** The key of a leaf, a copy of its own; null when it was destroyed. */
    keyOf(leaf: number): Buffer | null {
      const node = near(leaf);
      return node === null ? null : Buffer.from(node.key);
    },
    get size() {
      return size;
    },
  };
}

export type KeyCover = ReturnType<typeof createKeyCover>;

/** The nodes that the destruction of these leaves adds and removes. Leaves that are already destroyed change nothing. */
export function puncture(cover: Pick<KeyCover, 'find'>, leaves: readonly number[]) {
  const byNode = new Map<TreeNode, number[]>();
  for (const leaf of new Set(leaves)) {
    const node = cover.find(leaf);
    if (node === null) continue;
    byNode.set(node, [...(byNode.get(node) ?? []), leaf]);
  }
  return {
    removed: [...byNode.keys()].map(({ depth, position }) => ({ depth, position })),
    added: [...byNode].flatMap(([node, gone]) => without(node, gone)),
  };
}

/** The minimum set of nodes that give every leaf below `node` except those of `gone`. */
function without(node: TreeNode, gone: readonly number[]): TreeNode[] {
  if (gone.length === 0) return [node];
  if (node.depth === LEAF_DEPTH) return [];
  return [0, 1].flatMap((side) => {
    const child = childOf(node, side);
    const below = gone.filter((leaf) => ancestorOf(leaf, child.depth) === child.position);
    return without(child, below);
  });
}

function childOf({ depth, position, key }: TreeNode, side: number): TreeNode {
  return { depth: depth + 1, position: position * 2 + side, key: derive(key, side) };
}

function descend(from: TreeNode, to: TreePlace): Buffer {
  let { key } = from;
  for (let depth = from.depth + 1; depth <= to.depth; depth += 1) {
    key = derive(key, Math.floor(to.position / 2 ** (to.depth - depth)) % 2);
  }
  return Buffer.from(key);
}

function derive(key: Buffer, side: number): Buffer {
  return createHmac('sha256', key).update(Buffer.of(side)).digest();
}

/** The position of the node at `depth` above the leaf. */
function ancestorOf(leaf: number, depth: number): number {
  return Math.floor(leaf / 2 ** (LEAF_DEPTH - depth));
}

function requireLeaf(leaf: number): void {
  if (!Number.isSafeInteger(leaf) || leaf < 0 || leaf >= 2 ** LEAF_DEPTH) {
    throw new Error('a leaf is a whole number of 44 bits');
  }
}
