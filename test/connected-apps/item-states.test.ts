import { expect } from 'chai';

import { createPerson, type TestPerson } from '../support/people/people.ts';
import { connectApp } from '../support/people/connect-app.ts';
import { signedInVisitor } from '../support/people/console-visitor.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../support/people/third-party-app.ts';
import type { Visitor } from '../support/people/visitor.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';

const VOLUNTARY = ['email', 'phone_number', 'birthdate', 'website'] as const;

describe('The page of a connected app', () => {
  let server: TestServer;
  let ana: TestPerson;
  let visitor: Visitor;
  let shop: ThirdPartyApp;

  before(async () => {
    server = await startTestServer();
    ana = await createPerson(server.connected, {
      values: { name: ['Ana'], website: ['https://ana.example/'] },
    });
    await server.connected.vault.addAttribute({
      accountId: ana.accountId,
      claim: 'phone_number',
      value: '+442079460999',
    });
    visitor = await signedInVisitor(server.url, ana);
    shop = await registerThirdPartyApp(server, ana.accountId, {
      requests: VOLUNTARY.map((claim) => ({
        claim,
        necessity: 'voluntary',
        purpose: { en: 'To try' },
        longestDuration: 'until_withdrawn',
      })),
    });
    await connectApp({
      visitor,
      app: shop,
      person: ana,
      parameters: { scope: 'openid profile email phone' },
      choices: { 'claim.website': ana.attributeIds['website']?.[0] ?? '' },
    });
  });
  after(() => server?.stop());

  const appPath = (): string => `/account/apps/${shop.clientId}`;
  const open = (path: string) => visitor.get(`${server.url}${path}`);
  /** The row of a claim on the page, by its title. */
  const rowOf = async (title: string) => {
    const page = await open(appPath());
    expect(page.status).to.equal(200);
    const rows = page.document.querySelectorAll('.item');
    const row = rows.find((one) => one.querySelector('.item-value')?.text === title);
    return { text: row?.text ?? '', link: row?.querySelector('a')?.getAttribute('href') ?? '' };
  };

  it('distinguishes a refusal, a value that the person does not have, and an unconfirmed one', async () => {
    expect((await rowOf('E-mail')).text).to.include('You chose not to share this');
    const missing = await rowOf('Date of birth');
    expect(missing.text).to.include('Your profile has no value for this');
    expect(missing.link).to.equal(`/account/values/add/birthdate?app=${shop.clientId}`);
    const unconfirmed = await rowOf('Phone');
    expect(unconfirmed.text).to.include('Not confirmed yet');
    const phones = await server.connected.vault.listAttributes(ana.accountId);
    const phone = phones.find(({ claim }) => claim === 'phone_number');
    expect(unconfirmed.link).to.equal(
      `/account/phones/${phone?.id ?? ''}/confirm?app=${shop.clientId}`,
    );
  });

  it('leads back after a missing value was added, and then shares it', async () => {
    await open(`/account/values/add/birthdate?app=${shop.clientId}`);
    await visitor.submitForm('form.form', { day: '20', month: '5', year: '1990' });
    expect(visitor.page.url.pathname).to.equal(appPath());
    expect(visitor.page.text).to.include('In your profile now, not shared yet');
    const values = await server.connected.vault.listAttributes(ana.accountId);
    const added = values.find(({ claim }) => claim === 'birthdate');
    await visitor.submitForm('form[action$="/items/birthdate"]', { choice: added?.id ?? '' });
    expect(visitor.page.text).to.include('20 May 1990');
  });

  it('does not list a deleted value as seen', async () => {
    expect((await open('/account/apps')).text).to.include('your website');
    await server.connected.vault.removeAttribute({
      accountId: ana.accountId,
      attributeId: ana.attributeIds['website']?.[0] ?? '',
    });
    expect((await rowOf('Website')).text).to.include('You deleted the value you had shared');
    expect((await open('/account/apps')).text).not.to.include('your website');
    const { items } = await server.connected.connectedApps.read({
      accountId: ana.accountId,
      clientId: shop.clientId,
      locale: 'en',
    });
    expect(items.find(({ claim }) => claim === 'website')?.state).to.equal('deleted');
  });

  it('remains after the end: the time of access, what was read, ways to a deletion and to a new connection', async () => {
    await open(`${appPath()}/end`);
    await visitor.submitForm('form[action$="/end"]');
    const page = await open(appPath());
    expect(page.status).to.equal(200);
    expect(page.text)
      .to.include('Had access on')
      .and.include('Bookshop cannot read anything about you now')
      .and.include('Bookshop never read anything about you')
      .and.include('Connect again');
    const listed = await open('/account/apps');
    expect(listed.text).to.include('Access has ended');
    expect(listed.document.querySelector(`a[href="${appPath()}"]`)).not.to.equal(null);
    // Pages of the connected app lead to it.
    expect((await open(`${appPath()}/end`)).url.pathname).to.equal(appPath());
    const stranger = await signedInVisitor(server.url, await createPerson(server.connected));
    expect((await stranger.get(`${server.url}${appPath()}`)).status).to.equal(404);
  });

  it('leads to the start of a sign-in at the app, with the address of this server, else to its home page', async () => {
    const { clients } = server.connected;
    const { clientId } = shop;
    const manager = { accountId: ana.accountId, isAdministrator: false };
    const linkOf = async (name: string) => {
      const { document } = await open(appPath());
      return document
        .querySelectorAll('a.button')
        .find(({ text }) => text.includes(name))
        ?.getAttribute('href');
    };
    expect(await linkOf('Open Bookshop')).to.equal(undefined);
    const clientUri = 'https://bookshop.example/';
    await clients.change({ clientId, manager, changes: { clientUri } });
    expect(await linkOf('Open Bookshop')).to.equal(clientUri);
    const initiateLoginUri = 'https://bookshop.example/sign-in?shelf=1';
    await clients.change({ clientId, manager, changes: { initiateLoginUri } });
    const start = new URL((await linkOf('Open Bookshop')) ?? '');
    expect([start.origin, start.pathname]).to.deep.equal(['https://bookshop.example', '/sign-in']);
    expect(Object.fromEntries(start.searchParams)).to.deep.equal({ shelf: '1', iss: server.url });
    await connectApp({ visitor, app: shop, person: ana });
    expect(await linkOf('Open Bookshop')).to.equal(start.href);
    await clients.setStatus({ clientId, manager, status: 'suspended' });
    expect(await linkOf('Open Bookshop')).to.equal(clientUri);
    await clients.setStatus({ clientId, manager, status: 'active' });
    await open(`${appPath()}/end`);
    await visitor.submitForm('form[action$="/end"]');
  });

  it('remains after the app was deleted', async () => {
    await server.connected.clients.remove({
      clientId: shop.clientId,
      manager: { accountId: ana.accountId, isAdministrator: false },
    });
    const page = await open(appPath());
    expect(page.status).to.equal(200);
    expect(page.text).to.include('The app has been removed from this server');
    expect(page.text).not.to.include('Connect again');
  });
});
