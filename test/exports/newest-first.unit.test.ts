import { expect } from 'chai';

import { type DatedPage, type DatedRow, newestFirst } from '../../src/exports/newest-first.ts';

/** A list as the stores read it: newest first, before a moment. */
function listOf(times: readonly number[]) {
  const rows = times
    .map((time, index): DatedRow => ({ id: String(index), occurredAt: new Date(time) }))
    .toSorted((one, other) => other.occurredAt.getTime() - one.occurredAt.getTime());
  const limits: number[] = [];
  const read = async ({ until, limit }: DatedPage) => {
    limits.push(limit);
    return rows
      .filter(({ occurredAt }) => until === undefined || occurredAt < until)
      .slice(0, limit);
  };
  return { rows, read, limits };
}

async function collect(read: (page: DatedPage) => Promise<readonly DatedRow[]>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of newestFirst(read)) ids.push(id);
  return ids;
}

describe('A long list, page by page', () => {
  for (const [name, times] of Object.entries({
    'is empty': [],
    'has one page': Array.from({ length: 200 }, (_, index) => index),
    'has many pages': Array.from({ length: 1_501 }, (_, index) => index * 7),
    'has moments with several rows': Array.from({ length: 1_000 }, (_, index) =>
      Math.floor(index / 3),
    ),
    'is one moment': Array.from({ length: 950 }, () => 5),
    'has a crowded moment in the middle': Array.from({ length: 1_200 }, (_, index) =>
      index < 500 ? index : index < 1_000 ? 500 : index,
    ),
    'was not written in the order of time': Array.from(
      { length: 700 },
      (_, index) => (index * 311) % 700,
    ),
  })) {
    it(`that ${name} is returned completely and once, newest first`, async () => {
      const { rows, read } = listOf(times);
      const ids = await collect(read);
      expect(ids).to.deep.equal(rows.map(({ id }) => id));
    });
  }

  it('is read in larger pages only when necessary', async () => {
    const { read, limits } = listOf(Array.from({ length: 1_000 }, (_, index) => index));
    await collect(read);
    expect(Math.max(...limits)).to.equal(200);
    expect(limits.length).to.be.at.most(7);
  });
});
