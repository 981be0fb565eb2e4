import { expect } from 'chai';

import { dayAfter, dayIn, knownTimeZone, startOfDayIn } from '../../src/platform/time-zones.ts';

describe('Days in a time zone', () => {
  const at = (text: string) => new Date(text);

  it('are those of its clocks', () => {
    expect(dayIn('UTC', at('2026-12-01T23:30:00Z'))).to.equal('2026-12-01');
    expect(dayIn('Europe/Moscow', at('2026-12-01T23:30:00Z'))).to.equal('2026-12-02');
    expect(dayIn('America/New_York', at('2026-12-01T03:00:00Z'))).to.equal('2026-11-30');
  });

  for (const [zone, day, start] of [
    ['UTC', '2026-12-01', '2026-12-01T00:00:00.000Z'],
    ['Europe/Moscow', '2026-12-01', '2026-11-30T21:00:00.000Z'],
    ['America/New_York', '2026-12-01', '2026-12-01T05:00:00.000Z'],
    ['Asia/Kathmandu', '2026-12-01', '2026-11-30T18:15:00.000Z'],
    // The day on which clocks are put forward, and the one after.
    ['Europe/Lisbon', '2026-03-29', '2026-03-29T00:00:00.000Z'],
    ['Europe/Lisbon', '2026-03-30', '2026-03-29T23:00:00.000Z'],
    // A day that begins at one o'clock.
    ['Africa/Cairo', '2026-04-24', '2026-04-23T22:00:00.000Z'],
  ] as const) {
    it(`begin at their first moment: ${day} in ${zone}`, () => {
      const moment = startOfDayIn(zone, day);
      expect(moment.toISOString()).to.equal(start);
      expect(dayIn(zone, moment)).to.equal(day);
      expect(dayIn(zone, new Date(moment.getTime() - 1))).not.to.equal(day);
    });
  }

  it('follow one another', () => {
    expect(dayAfter('2026-12-31')).to.equal('2027-01-01');
    expect(dayAfter('2028-02-28')).to.equal('2028-02-29');
  });

  it('exist only for known zones, of which each has one spelling', () => {
    expect(knownTimeZone('europe/LISBON')).to.equal('Europe/Lisbon');
    for (const text of ['', 'Mars/Base', '+03:00', 'Europe/Lisbon; x', 'x'.repeat(100)]) {
      expect(knownTimeZone(text), text).to.equal(null);
    }
  });
});
