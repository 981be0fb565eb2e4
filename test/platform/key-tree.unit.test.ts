import { randomBytes } from 'node:crypto';

import { expect } from 'chai';

import {
  createKeyCover,
  LEAF_DEPTH,
  puncture,
  type KeyCover,
} from '../../src/platform/keys/key-tree.ts';

const LAST = 2 ** LEAF_DEPTH - 1;

function newTree(): KeyCover {
  const cover = createKeyCover();
  cover.add({ depth: 0, position: 0, key: randomBytes(32) });
  return cover;
}

function destroy(cover: KeyCover, leaves: readonly number[]): void {
  const { removed, added } = puncture(cover, leaves);
  for (const place of removed) cover.remove(place);
  for (const node of added) cover.add(node);
}

const textOf = (cover: KeyCover, leaf: number) => cover.keyOf(leaf)?.toString('hex') ?? null;

describe('A tree of keys', () => {
  it('derives a distinct and stable key for each leaf', () => {
    const cover = newTree();
    const leaves = [0, 1, 2, 3, 255, 256, 2 ** 32, LAST];
    const keys = leaves.map((leaf) => textOf(cover, leaf));
    expect(new Set(keys).size).to.equal(leaves.length);
    expect(leaves.map((leaf) => textOf(cover, leaf))).to.deep.equal(keys);
  });

  it('loses exactly the destroyed leaves, in any order and with repetitions', () => {
    const cover = newTree();
    const leaves = Array.from({ length: 300 }, (_, index) => index);
    const before = new Map([...leaves, 2 ** 32, LAST].map((leaf) => [leaf, textOf(cover, leaf)]));
    const gone = new Set<number>();
    for (const batch of [[7], [6, 8], [255, 0, 299], [7, 6], leaves.slice(100, 200), [LAST]]) {
      destroy(cover, batch);
      for (const leaf of batch) gone.add(leaf);
      for (const [leaf, key] of before) {
        expect(textOf(cover, leaf), String(leaf)).to.equal(gone.has(leaf) ? null : key);
      }
    }
    expect(gone.size).to.equal(107);
  });

  it('keeps at most one node for each level and destroyed leaf, and none above destroyed leaves only', () => {
    const cover = newTree();
    destroy(cover, [5]);
    expect(cover.size).to.equal(LEAF_DEPTH);
    destroy(cover, [0, 1, 2, 3, 4, 6, 7]);
    expect(cover.size).to.equal(LEAF_DEPTH - 3);
  });

  it('overwrites the key of a removed node', () => {
    const cover = newTree();
    const root = cover.find(5);
    destroy(cover, [5]);
    expect(root?.key.equals(Buffer.alloc(32))).to.equal(true);
  });

  it('refuses a number that is not a leaf', () => {
    for (const leaf of [-1, 0.5, LAST + 1, Number.NaN]) {
      expect(() => newTree().keyOf(leaf), String(leaf)).to.throw('44 bits');
    }
  });
});
