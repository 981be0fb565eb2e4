import { randomUUID } from 'node:crypto';

import { expect } from 'chai';

import { readHistory, type HistoryPage } from '../../src/activity/history.ts';
import { foldReads, type RecordedRelease } from '../../src/ledger/index.ts';
import { openWorld, type World } from '../consents/world.ts';

const START = new Date('2026-01-20T12:00:00Z').getTime();

const read = (minutesAgo: number, changes: Partial<RecordedRelease> = {}): RecordedRelease => ({
  id: String(1_000 - minutesAgo),
  accountId: 'p',
  clientId: 'bookshop',
  grantId: null,
  channel: 'userinfo',
  claims: ['email', 'email_verified'],
  ip: null,
  requestId: null,
  releasedAt: new Date(START - minutesAgo * 60_000),
  ...changes,
});

describe('The history of an account', () => {
  it('shows repeated reads once, with their number and first time', () => {
    const folded = foldReads([read(0), read(1), read(2, { clientId: 'weather' }), read(3)]);
    expect(folded.map(({ clientId, count }) => [clientId, count])).to.deep.equal([
      ['bookshop', 3],
      ['weather', 1],
    ]);
    expect(folded[0]?.claims).to.deep.equal(['email']);
    expect(folded[0]?.firstAt).to.deep.equal(read(3).releasedAt);
  });

  it('does not join reads of other claims, channels or days', () => {
    const folded = foldReads([
      read(0),
      read(1, { claims: ['name'] }),
      read(2, { channel: 'id_token' }),
      read(24 * 60),
    ]);
    expect(folded.map(({ count }) => count)).to.deep.equal([1, 1, 1, 1]);
  });

  describe('over many pages', () => {
    let world: World;
    before(async () => {
      world = await openWorld();
    });
    after(() => world.close());

    const readAll = async (accountId: string, timeZone?: string): Promise<HistoryPage[]> => {
      const pages: HistoryPage[] = [];
      let until: Date | null | undefined;
      while (until !== null) {
        const page = await readHistory(world, accountId, { until, timeZone });
        pages.push(page);
        until = page.olderThan;
      }
      return pages;
    };

    const readByNewApp = (accountId: string) =>
      world.ledger.append({
        accountId,
        clientId: randomUUID(),
        grantId: null,
        channel: 'userinfo',
        claims: ['name'],
      });

    it('shows whole days of the reader on each page', async () => {
      const account = await world.createAccount({ name: ['Ana'] });
      for (let index = 0; index < 70; index += 1) {
        if (index % 7 === 0) world.clock.advance(86_400);
        await readByNewApp(account.id);
      }
      for (const timeZone of ['UTC', 'Pacific/Kiritimati', 'Pacific/Pago_Pago']) {
        const pages = await readAll(account.id, timeZone);
        // The last entry is the name, which was added before.
        expect(pages.map(({ entries }) => entries.length)).to.deep.equal([35, 35, 1]);
      }
    });

    it('loses and repeats no entry', async () => {
      const account = await world.createAccount({ name: ['Ana'] });
      for (let index = 0; index < 450; index += 1) {
        if (index % 4 === 0) world.clock.advance(60);
        if (index % 9 === 0) {
          await world.audit.record(world.db, { kind: 'sign_in.succeeded', accountId: account.id });
        }
        await readByNewApp(account.id);
      }
      const entries = (await readAll(account.id)).flatMap((page) => page.entries);
      const seen = entries.map((entry) =>
        entry.type === 'reads' ? entry.clientId : `${entry.type} ${entry.at.toISOString()}`,
      );
      expect(new Set(seen).size).to.equal(seen.length);
      expect(seen.filter((line) => !line.includes(' '))).to.have.length(450);
    });
  });
});
