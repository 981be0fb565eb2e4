import { expect } from 'chai';

import { createSlots } from '../../src/platform/slots.ts';
import { failureOf } from '../support/failure.ts';

describe('Slots', () => {
  it('run a limited number of tasks at once, queue a limited number, and refuse more', async () => {
    const slots = createSlots({ atOnce: 2, waiting: 2 });
    const ends: (() => void)[] = [];
    const begun: number[] = [];
    const piece = (index: number) =>
      slots.run(async () => {
        begun.push(index);
        await new Promise<void>((resolve) => ends.push(resolve));
        return index;
      });
    const all = [0, 1, 2, 3].map(piece);
    expect((await failureOf(piece(4))).code).to.equal('busy');
    expect(begun).to.deep.equal([0, 1]);
    ends[0]?.();
    expect(await all[0]).to.equal(0);
    expect(begun).to.deep.equal([0, 1, 2]);
    ends[1]?.();
    ends[2]?.();
    await all[2];
    ends[3]?.();
    expect(await Promise.all(all)).to.deep.equal([0, 1, 2, 3]);
  });

  it('refuse a task whose turn does not come in time, and give its place to the next', async () => {
    const slots = createSlots({ atOnce: 1, waiting: 2, waitMs: 30 });
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const first = slots.run(() => promise);
    expect((await failureOf(slots.run(() => Promise.resolve('too late')))).code).to.equal('busy');
    const next = slots.run(() => Promise.resolve('in time'));
    resolve(undefined);
    await first;
    expect(await next).to.equal('in time');
  });

  it('let preferred tasks and others take turns, and keep places for preferred ones', async () => {
    const slots = createSlots({ atOnce: 1, waiting: 3, waitingPreferred: 1 });
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const order: string[] = [];
    const task = (name: string, isPreferred = false) =>
      slots.run(() => Promise.resolve(void order.push(name)), { isPreferred });
    const all = [slots.run(() => promise), task('a'), task('b'), task('c')];
    expect((await failureOf(task('d'))).code).to.equal('busy');
    all.push(task('preferred', true));
    expect((await failureOf(task('no place', true))).code).to.equal('busy');
    resolve(undefined);
    await Promise.all(all);
    expect(order).to.deep.equal(['preferred', 'a', 'b', 'c']);
  });

  it('refuse a waiting task of a large group in favour of another group, and only that task', async () => {
    const slots = createSlots({ atOnce: 1, waiting: 2 });
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const task = (name: string, group: string) =>
      slots.run(() => Promise.resolve(name), { origin: [group] });
    const first = slots.run(() => promise);
    const flood = [task('one', 'A'), failureOf(task('two', 'A'))] as const;
    const other = task('other', 'B');
    expect((await flood[1]).code).to.equal('busy');
    resolve(undefined);
    await first;
    expect(await Promise.all([flood[0], other])).to.deep.equal(['one', 'other']);
  });

  it('are free again after a failure', async () => {
    const slots = createSlots({ atOnce: 1, waiting: 0 });
    const broken = slots.run(() => Promise.reject(new Error('broken')));
    expect(await broken.catch((error: unknown) => error)).to.be.instanceOf(Error);
    expect(await slots.run(() => Promise.resolve('fine'))).to.equal('fine');
  });
});
