import { expect } from 'chai';

import { readsPerDay } from '../../src/activity/summarise-reads.ts';
import { openWorld, type World } from '../consents/world.ts';

describe('The number of reads of each day', () => {
  let world: World;
  let accountId: string;
  const at = (time: string): void => {
    world.clock.set(new Date(time));
  };

  before(async () => {
    world = await openWorld();
    ({ id: accountId } = await world.createAccount({ name: ['Ana'] }));
    at('2026-10-01T00:00:00Z');
    await world.ledger.ensurePartitions();
    for (const time of ['2026-10-23T20:00:00Z', '2026-10-24T22:30:00Z', '2026-10-25T22:30:00Z']) {
      at(time);
      await world.ledger.append({
        accountId,
        clientId: 'shop',
        grantId: null,
        channel: 'userinfo',
        claims: ['name'],
      });
    }
    at('2026-10-25T23:30:00Z');
  });
  after(() => world.close());

  const last = async (timeZone?: string) =>
    (await readsPerDay(world, { accountId, timeZone })).slice(-3).map((day) => Object.values(day));

  it('counts the days of UTC by default', async () => {
    expect(await last()).to.deep.equal([
      ['2026-10-23', 1],
      ['2026-10-24', 1],
      ['2026-10-25', 1],
    ]);
  });

  it('counts no day when the time begins in the future', async () => {
    const from = new Date('2026-12-01T00:00:00Z');
    expect(await readsPerDay(world, { accountId, from })).to.deep.equal([]);
  });

  it('counts the days of a time zone, also a day of 25 hours', async () => {
    // Clocks in Berlin are put back in the night to 25 October: that day lasts from 22:00 to 23:00 UTC.
    expect(await last('Europe/Berlin')).to.deep.equal([
      ['2026-10-24', 0],
      ['2026-10-25', 2],
      ['2026-10-26', 0],
    ]);
    expect(await last('Asia/Kathmandu')).to.deep.equal([
      ['2026-10-24', 1],
      ['2026-10-25', 1],
      ['2026-10-26', 1],
    ]);
  });

  it('does not count reads before the requested time on its first day', async () => {
    const timeZone = 'Europe/Berlin';
    const from = new Date('2026-10-25T00:00:00Z');
    expect(await readsPerDay(world, { accountId, timeZone, from })).to.deep.equal([
      { day: '2026-10-25', reads: 1 },
      { day: '2026-10-26', reads: 0 },
    ]);
  });
});
