import { expect } from 'chai';

import * as oauth from 'openid-client';

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
    expect(at('Bookshop read')).to.be.lessThan(at('You let Bookshop see something'));
    expect(at('You let Bookshop see something')).to.be.greaterThan(-1);
  });

  it('can be limited to one kind', async () => {
    const reads = await open('?kind=reads');
    expect(reads.entries).to.have.length(1);
    const decisions = await open('?kind=decisions');
    expect(decisions.entries.every((entry) => entry.includes('Bookshop'))).to.equal(true);
    const account = await open('?kind=account');
    expect(account.entries.some((entry) => entry.includes('You signed in'))).to.equal(true);
    expect(account.entries.some((entry) => entry.includes('Bookshop read'))).to.equal(false);
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
