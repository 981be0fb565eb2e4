import { expect } from 'chai';

import { createFairQueue } from '../../src/platform/fair-queue.ts';

describe('A fair queue', () => {
  const taken = (queue: { take(): string | undefined }): string[] => {
    const items: string[] = [];
    for (let item = queue.take(); item !== undefined; item = queue.take()) items.push(item);
    return items;
  };

  it('lets the groups take turns, on each level, and keeps the order within one', () => {
    const queue = createFairQueue<string>(10);
    const items: readonly [string, ...string[]][] = [
      ['a1', 'A', 'x'],
      ['a2', 'A', 'x'],
      ['a3', 'A', 'x'],
      ['a4', 'A', 'y'],
      ['b1', 'B', 'x'],
      ['b2', 'B', 'x'],
      ['c1', 'C', 'x'],
    ];
    for (const [item, ...origin] of items) expect(queue.add(item, origin)).to.equal(null);
    expect(queue.size()).to.equal(7);
    expect(taken(queue)).to.deep.equal(['a1', 'b1', 'c1', 'a4', 'b2', 'a2', 'a3']);
    expect(queue.size()).to.equal(0);
  });

  it('gives the place of the newest item of the largest group to a smaller group when it is full', () => {
    const queue = createFairQueue<string>(4);
    for (const item of ['a1', 'a2', 'a3', 'a4']) queue.add(item, ['A']);
    expect(queue.add('a5', ['A'])).to.equal('a5');
    expect(queue.add('b1', ['B'])).to.equal('a4');
    expect(queue.add('c1', ['C'])).to.equal('a3');
    expect(queue.add('b2', ['B'])).to.equal('b2');
    expect(queue.add('d1', ['D'])).to.equal('a2');
    expect(queue.add('e1', ['E'])).to.equal('e1');
    expect(taken(queue)).to.deep.equal(['a1', 'b1', 'c1', 'd1']);
  });

  it('gives it to a smaller group within the largest group, too', () => {
    const queue = createFairQueue<string>(4);
    for (const item of ['x1', 'x2', 'x3']) queue.add(item, ['A', 'x']);
    queue.add('b1', ['B', 'x']);
    expect(queue.add('y1', ['A', 'y'])).to.equal('x3');
    expect(taken(queue)).to.deep.equal(['x1', 'b1', 'y1', 'x2']);
  });

  it('forgets removed items and their groups', () => {
    const queue = createFairQueue<string>(2);
    queue.add('a1', ['A', 'x']);
    queue.add('a2', ['A', 'x']);
    expect([queue.remove('a1'), queue.remove('a1')]).to.deep.equal([true, false]);
    expect(queue.add('a3', ['A', 'x'])).to.equal(null);
    expect(taken(queue)).to.deep.equal(['a2', 'a3']);
    expect(queue.remove('a2')).to.equal(false);
  });
});
