import { setTimeout as sleep } from 'node:timers/promises';

import { expect } from 'chai';

import type { ChangeFeed } from '../../src/platform/change-feed.ts';
import { createFreshCache, type FreshCache } from '../../src/platform/fresh-cache.ts';

/** A feed whose deliveries and freshness are controlled by the test. */
function controlledFeed() {
  const listeners = new Set<(key: string | null, changeId?: string) => void>();
  const state = { isFresh: true };
  const feed: ChangeFeed = {
    publish: () => Promise.reject(new Error('this test publishes nothing')),
    announcement: () => {
      throw new Error('this test announces nothing');
    },
    announcements: () => {
      throw new Error('this test announces nothing');
    },
    subscribe: (_topic, listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    isSilent: () => false,
    isFresh: () => state.isFresh,
    onGap: () => () => undefined,
    forgetEverything: () => undefined,
    close: () => Promise.resolve(),
  };
  const notify = (key: string | null, changeId?: string) => {
    for (const listener of listeners) listener(key, changeId);
  };
  return { feed, state, notify };
}

/** A table of one column whose reads are controlled by the test. */
function controlledRows() {
  const rows = new Map<string, string>();
  const waiting: (() => void)[] = [];
  const reads = { count: 0, isHeld: false };
  const load = async (key: string): Promise<string | null> => {
    reads.count += 1;
    const value = rows.get(key) ?? null;
    if (reads.isHeld) await new Promise<void>((resolve) => waiting.push(resolve));
    return value;
  };
  const release = () => {
    for (const resolve of waiting.splice(0)) resolve();
  };
  return { rows, reads, load, release };
}

describe('Fresh cache', () => {
  let controlled: ReturnType<typeof controlledFeed>;
  let table: ReturnType<typeof controlledRows>;
  let cache: FreshCache<string | null>;

  beforeEach(() => {
    controlled = controlledFeed();
    table = controlledRows();
    table.rows.set('a', 'first');
    const { feed } = controlled;
    cache = createFreshCache({ feed, topic: 'grant', maxEntries: 2, load: table.load });
  });

  it('reads a row once', async () => {
    expect([await cache.get('a'), await cache.get('a')]).to.deep.equal(['first', 'first']);
    expect(table.reads.count).to.equal(1);
  });

  it('reads once for concurrent calls', async () => {
    const values = await Promise.all([cache.get('a'), cache.get('a'), cache.get('a')]);
    expect(values).to.deep.equal(['first', 'first', 'first']);
    expect(table.reads.count).to.equal(1);
  });

  it('reads again after an announced change', async () => {
    await cache.get('a');
    table.rows.set('a', 'second');
    controlled.notify('a');
    expect(await cache.get('a')).to.equal('second');
  });

  it('keeps a row that is created here, unless its change is announced before that ends', async () => {
    expect(await cache.keep('b', async () => 'created')).to.equal('created');
    expect(await cache.get('b')).to.equal('created');
    expect(table.reads.count).to.equal(0);

    const created = Promise.withResolvers<string>();
    const creating = cache.keep('c', () => created.promise);
    controlled.notify('c');
    created.resolve('created');
    expect(await creating).to.equal('created');
    expect(await cache.get('c')).to.equal(null);
  });

  it('keeps the row that a change of its own writes, also after its notification', async () => {
    await cache.get('a');
    const written = Promise.withResolvers<string>();
    const writing = cache.keep('a', () => written.promise, 'own');
    expect(await cache.get('a')).to.equal('first');
    controlled.notify('a', 'own');
    written.resolve('second');
    await writing;
    expect(await cache.get('a')).to.equal('second');
    expect(table.reads.count).to.equal(1);
  });

  it('does not use a read that began before a change of its own', async () => {
    table.reads.isHeld = true;
    const read = cache.get('a');
    await cache.keep(
      'a',
      async () => {
        controlled.notify('a', 'own');
        return 'second';
      },
      'own',
    );
    table.release();
    expect(await read).to.equal('first');
    expect(await cache.get('a')).to.equal('second');
  });

  it('does not keep a row that another change may have overtaken', async () => {
    for (const overtake of [
      () => controlled.notify('a', 'another'),
      () => controlled.notify('a'),
      () => controlled.notify(null),
      () => cache.drop('a'),
      () => void (controlled.state.isFresh = false),
    ]) {
      const written = Promise.withResolvers<string>();
      const writing = cache.keep('a', () => written.promise, 'own');
      overtake();
      controlled.notify('a', 'own');
      written.resolve('second');
      expect(await writing).to.equal('second');
      controlled.state.isFresh = true;
      expect(await cache.get('a')).to.equal('first');
    }
  });

  it('keeps neither of two changes of its own at one time, whichever ends first', async () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const changes = ['one', 'other'].map((name) => {
        const written = Promise.withResolvers<string>();
        return { name, written, writing: cache.keep('a', () => written.promise, name) };
      });
      for (const index of order) {
        const { name, written, writing } = changes[index] ?? expect.fail();
        controlled.notify('a', name);
        written.resolve(name);
        await writing;
      }
      // The order of the commits is unknown here.
      expect(await cache.get('a')).to.equal('first');
    }
  });

  it('does not keep a created row while the feed is not fresh', async () => {
    controlled.state.isFresh = false;
    await cache.keep('b', async () => 'created');
    controlled.state.isFresh = true;
    expect(await cache.get('b')).to.equal(null);
  });

  it('keeps other rows when one changes', async () => {
    await cache.get('a');
    controlled.notify('b');
    await cache.get('a');
    expect(table.reads.count).to.equal(1);
  });

  it('reads everything again after a reconnect', async () => {
    await cache.get('a');
    table.rows.set('a', 'second');
    controlled.notify(null);
    expect(await cache.get('a')).to.equal('second');
  });

  for (const announced of ['a', null]) {
    const what = announced === null ? 'a reconnect' : 'a change';
    it(`does not cache a read that ran while ${what} was announced`, async () => {
      table.reads.isHeld = true;
      const overtaken = cache.get('a');
      table.rows.set('a', 'second');
      controlled.notify(announced);
      table.reads.isHeld = false;
      table.release();
      await overtaken;
      expect(await cache.get('a')).to.equal('second');
    });

    it(`does not use a read that started before ${what} for a later call`, async () => {
      table.reads.isHeld = true;
      const before = cache.get('a');
      table.rows.set('a', 'second');
      controlled.notify(announced);
      const after = cache.get('a');
      table.release();
      table.reads.isHeld = false;
      table.release();
      expect(await before).to.equal('first');
      expect(await after).to.equal('second');
    });
  }

  for (const [what, overtake] of [
    ['a change was announced', () => controlled.notify('a')],
    ['a reconnect was announced', () => controlled.notify(null)],
    [
      'the feed was not fresh any more',
      () => {
        controlled.state.isFresh = false;
      },
    ],
  ] as const) {
    it(`repeats a long read for all its callers when ${what}`, async () => {
      table.reads.isHeld = true;
      const calls = [cache.get('a'), cache.get('a')];
      table.rows.set('a', 'second');
      overtake();
      await sleep(600);
      table.reads.isHeld = false;
      table.release();
      expect(await Promise.all(calls)).to.deep.equal(['second', 'second']);
      expect(table.reads.count).to.equal(2);
    });
  }

  it('reads each time while the feed is not fresh', async () => {
    await cache.get('a');
    table.rows.set('a', 'second');
    controlled.state.isFresh = false;
    expect(await cache.get('a')).to.equal('second');
    expect(await cache.get('a')).to.equal('second');
    expect(table.reads.count).to.equal(3);
  });

  it('does not cache a missing row', async () => {
    expect(await cache.get('new')).to.equal(null);
    table.rows.set('new', 'now');
    expect(await cache.get('new')).to.equal('now');
  });

  it('does not cache a failed read', async () => {
    const failure = new Error('away');
    let isAway = true;
    const { feed } = controlled;
    const flaky = createFreshCache({
      feed,
      topic: 'grant',
      maxEntries: 2,
      load: () => (isAway ? Promise.reject(failure) : Promise.resolve('back')),
    });
    expect(await flaky.get('a').catch((error: unknown) => error)).to.equal(failure);
    isAway = false;
    expect(await flaky.get('a')).to.equal('back');
  });

  it('reads again after a row was dropped', async () => {
    await cache.get('a');
    cache.drop('a');
    await cache.get('a');
    expect(table.reads.count).to.equal(2);
  });

  it('caches at most the maximum number of rows', async () => {
    for (const key of ['a', 'b', 'c']) table.rows.set(key, key);
    for (const key of ['a', 'b', 'c', 'b', 'c']) await cache.get(key);
    expect(table.reads.count).to.equal(3);
    await cache.get('a');
    expect(table.reads.count).to.equal(4);
  });
});
