import { expect } from 'chai';

import { createGroupCommit } from '../../src/ledger/group-commit.ts';
import { isAppError } from '../../src/platform/app-error.ts';

/** A write that waits until it is let go. */
function heldWrites() {
  const batches: number[][] = [];
  const held: { go: () => void; fail: (error: Error) => void }[] = [];
  const write = (rows: readonly number[]): Promise<void> => {
    batches.push([...rows]);
    return new Promise((resolve, reject) => held.push({ go: resolve, fail: reject }));
  };
  return { batches, held, write };
}

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('Group commit', () => {
  it('writes rows of one turn together, and rows that arrive meanwhile with the next write', async () => {
    const { batches, held, write } = heldWrites();
    const append = createGroupCommit(write);
    const first = [append(1), append(2)];
    await soon();
    const second = [append(3), append(4), append(5)];
    await soon();
    expect(batches).to.deep.equal([[1, 2]]);
    held[0]?.go();
    await Promise.all(first);
    await soon();
    expect(batches).to.deep.equal([
      [1, 2],
      [3, 4, 5],
    ]);
    held[1]?.go();
    await Promise.all(second);
  });

  it('does not resolve before its own write has ended', async () => {
    const { held, write } = heldWrites();
    const append = createGroupCommit(write);
    const state = { isDone: false };
    const appended = append(1).then(() => (state.isDone = true));
    await soon();
    expect(state.isDone).to.equal(false);
    held[0]?.go();
    await appended;
    expect(state.isDone).to.equal(true);
  });

  it('rejects every row of a failed write, and continues with the next write', async () => {
    const { batches, held, write } = heldWrites();
    const append = createGroupCommit(write);
    const failing = [append(1), append(2)].map((row) => row.catch((error: unknown) => error));
    await soon();
    const next = append(3);
    held[0]?.fail(new Error('gone'));
    for (const error of await Promise.all(failing)) {
      expect(isAppError(error, 'ledger_unavailable')).to.equal(true);
    }
    await soon();
    expect(batches.at(-1)).to.deep.equal([3]);
    held[1]?.go();
    await next;
  });
});
