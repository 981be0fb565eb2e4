import { expect } from 'chai';

import * as oauth from 'openid-client';

import { dayIn } from '../../src/platform/time-zones.ts';
import { connectApp } from '../support/people/connect-app.ts';
import { signedInVisitor } from '../support/people/console-visitor.ts';
import { createPerson, type TestPerson } from '../support/people/people.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../support/people/third-party-app.ts';
import type { Visitor } from '../support/people/visitor.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';

describe('The page with the history', () => {
  let server: TestServer;
  let ana: TestPerson;
  let visitor: Visitor;
  let shop: ThirdPartyApp;

  before(async () => {
    server = await startTestServer();
    ana = await createPerson(server.connected, { values: { name: ['Ana Petrova'] } });
    visitor = await signedInVisitor(server.url, ana);
    shop = await registerThirdPartyApp(server, ana.accountId, { name: 'Bookshop' });
    const tokens = await connectApp({
      visitor,
      app: shop,
      person: ana,
      choices: { 'claim.name': ana.attributeIds['name']?.[0] ?? '' },
    });
    await oauth.fetchUserInfo(shop.config, tokens.access_token, ana.accountId);
  });
  after(() => server?.stop());

  const open = async (query = '') => {
    const page = await visitor.get(`${server.url}/account/history${query}`);
    const entries = page.document
      .querySelectorAll('.timeline-entry')
      .map(({ text }) => text.replaceAll(/\s+/g, ' ').trim());
    return { page, entries };
  };

  it('groups by day and states who read which value', async () => {
    const { page, entries } = await open();
    expect(page.document.querySelectorAll('.history-day h2')).to.have.length.within(1, 2);
    const read = entries.find((entry) => entry.includes('Bookshop read'));
    expect(read).to.include('Bookshop read your name').and.include('Ana Petrova');
  });

  it('lists the read after the decision that allowed it, the newest first', async () => {
    const { entries } = await open();
    const at = (words: string) => entries.findIndex((entry) => entry.includes(words));
    expect(at('Bookshop read')).to.be.lessThan(at('You shared data with Bookshop'));
    expect(at('You shared data with Bookshop')).to.be.greaterThan(-1);
  });

  it('shows the mark of the app beside its entries, and the time without the day of the heading', async () => {
    const { page } = await open();
    const rows = page.document.querySelectorAll('.timeline-entry');
    const ofApp = rows.filter(({ text }) => text.includes('Bookshop'));
    expect(ofApp.length).to.be.greaterThan(2);
    expect(ofApp.every((row) => row.querySelector('.app-mark') !== null)).to.equal(true);
    const signIn = rows.find(({ text }) => text.includes('You signed in'));
    expect(signIn?.querySelector('.app-mark')).to.equal(null);
    const times = rows.map((row) => row.querySelector('.timeline-time')?.text.trim() ?? '');
    for (const time of times) expect(time).to.match(/^\d\d:\d\d UTC$/);
  });

  it('names the value of a profile event while it exists', async () => {
    const { accountId } = ana;
    const { vault } = server.connected;
    const added = await vault.addAttribute({ accountId, claim: 'nickname', value: 'Anya' });
    const ofNickname = async () =>
      (await open('?kind=account')).entries.filter((entry) => entry.includes('nickname'));
    expect((await ofNickname())[0]).to.include('You added to your profile: nickname Anya');
    await vault.changeAttribute({ accountId, attributeId: added.id, value: 'Annie' });
    const [changed, before] = await ofNickname();
    expect(changed).to.include('You changed in your profile: nickname Annie');
    expect(before).to.include('You added to your profile: nickname').and.not.include('Ann');
    await vault.removeAttribute({ accountId, attributeId: added.id });
    expect((await ofNickname()).join()).not.to.match(/Anya|Annie/);
  });

  it('groups by the days of the reader, which begin and end the filtered days, too', async () => {
    const east = await signedInVisitor(server.url, ana);
    const daysOf = async (zone: string, query = '') => {
      const cookie = new Response(null, {
        headers: { 'set-cookie': `consentry-time-zone=${zone}; Path=/` },
      });
      east.cookies.store(new URL(server.url), cookie);
      const { document } = await east.get(`${server.url}/account/history${query}`);
      return document.querySelectorAll('.history-day h2').map(({ text }) => text.trim());
    };
    const zones = ['Pacific/Kiritimati', 'Pacific/Pago_Pago'] as const;
    const [early, late] = [await daysOf(zones[0]), await daysOf(zones[1])];
    // The two zones are 25 hours apart, so they never have the same day.
    expect(early).not.to.deep.equal(late);
    const today = dayIn(zones[0], new Date());
    expect(await daysOf(zones[0], `?from=${today}&to=${today}`)).to.have.length(1);
    expect(await daysOf(zones[1], `?from=${today}`)).to.have.length(0);
    expect(await daysOf('Mars/Base')).to.have.length.within(1, 2);
  });

  it('counts the reads of the plot by the days of the reader', async () => {
    const east = await signedInVisitor(server.url, ana);
    const daysOf = async (zone: string) => {
      const cookie = new Response(null, {
        headers: { 'set-cookie': `consentry-time-zone=${zone}; Path=/` },
      });
      east.cookies.store(new URL(server.url), cookie);
      const { document } = await east.get(`${server.url}/account/history?kind=reads`);
      const days = document
        .querySelectorAll('.plot-numbers tr')
        .filter((row) => row.querySelector('td')?.text.trim() !== '0')
        .map((row) => row.querySelector('th')?.text.trim());
      const headings = document.querySelectorAll('.history-day h2').map(({ text }) => text.trim());
      return { days, headings };
    };
    for (const zone of ['Pacific/Kiritimati', 'Pacific/Pago_Pago']) {
      const { days, headings } = await daysOf(zone);
      expect(headings).to.have.length(1);
      expect(days).to.deep.equal(headings);
    }
  });

  it('folds the older entries of a day that has many', async () => {
    const reader = await createPerson(server.connected);
    for (let index = 0; index < 15; index += 1)
      await server.connected.audit.record(server.connected.db, {
        kind: 'password.changed',
        accountId: reader.accountId,
      });
    const { document } = await (
      await signedInVisitor(server.url, reader)
    ).get(`${server.url}/account/history?kind=access`);
    const day = document.querySelector('.history-day');
    const all = day?.querySelectorAll('.timeline-entry').length ?? 0;
    expect(all).to.be.greaterThan(12);
    const folded = day?.querySelector('details:not([open])');
    expect(folded?.querySelectorAll('.timeline-entry')).to.have.length(all - 10);
    expect(folded?.querySelector('summary')?.text.trim()).to.equal(`Show ${String(all - 10)} more`);
  });

  it('can be limited to one kind', async () => {
    const reads = await open('?kind=reads');
    expect(reads.entries).to.have.length(1);
    const decisions = await open('?kind=decisions');
    expect(decisions.entries.every((entry) => entry.includes('Bookshop'))).to.equal(true);
    const access = await open('?kind=access');
    expect(access.entries.some((entry) => entry.includes('You signed in'))).to.equal(true);
    const account = await open('?kind=account');
    expect(account.entries.some((entry) => entry.includes('You signed in'))).to.equal(false);
    expect(
      [...access.entries, ...account.entries].some((entry) => entry.includes('Bookshop read')),
    ).to.equal(false);
  });

  it('states that a value was deleted since, and keeps the name of an app that was deleted', async () => {
    await server.connected.vault.removeAttribute({
      accountId: ana.accountId,
      attributeId: ana.attributeIds['name']?.[0] ?? '',
    });
    await server.connected.clients.remove({
      clientId: shop.clientId,
      manager: { accountId: ana.accountId, isAdministrator: false },
    });
    const { entries } = await open('?kind=reads');
    expect(entries[0])
      .to.include('Bookshop read your name')
      .and.include('a value you have deleted since')
      .and.not.include('Ana Petrova');
  });
});
