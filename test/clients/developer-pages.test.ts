import { expect } from 'chai';

import { createPerson, signIn, visitorAt } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import type { Visitor } from '../support/people/visitor.ts';
import { isTrueWithin } from '../support/wait-for.ts';

const FORM = 'main form[method=post]';

describe('the developer console, without JavaScript', () => {
  let server: TestServer;
  let visitor: Visitor;

  before(async () => {
    server = await startTestServer();
    visitor = await signedIn();
  });
  after(() => server.stop());

  async function signedIn(): Promise<Visitor> {
    const person = await createPerson(server.connected);
    const someone = visitorAt(server.url);
    await someone.get('/developer/apps');
    await signIn(someone, person);
    return someone;
  }

  async function register(name = 'My shop'): Promise<{ clientId: string; secret: string }> {
    await visitor.get('/developer/apps/new?type=web');
    const values = { name, redirectUris: 'https://shop.example/callback' };
    const { document } = await visitor.submitForm(FORM, values);
    const [clientId = '', secret = ''] = document
      .querySelectorAll('main form code')
      .map((code) => code.text);
    return { clientId, secret };
  }

  it('describes the first step while there is no app', async () => {
    const newcomer = await signedIn();
    expect(newcomer.page.text).to.include('You have no apps yet');
    await newcomer.follow('.empty a');
    expect(newcomer.page.url.pathname).to.equal('/developer/apps/new');
    expect(newcomer.page.document.querySelectorAll('main a[href*="type="]')).to.have.length(4);
  });

  it('registers an app, shows its secret once, and code with its own values', async () => {
    const { clientId, secret } = await register();
    expect(visitor.page.headers.get('cache-control')).to.match(/no-store/);
    await visitor.follow('main a[href$="/code"]');
    expect(visitor.page.body).to.include(`&#39;${clientId}&#39;`);
    expect(visitor.page.body).to.include('redirect_uri: &#39;https://shop.example/callback&#39;');
    expect(await server.connected.clients.verifySecret(clientId, secret)).to.equal(true);
    for (const path of ['', '/settings', '/permissions', '/secrets', '/code']) {
      const { status, body } = await visitor.get(`/developer/apps/${clientId}${path}`);
      expect(status, path).to.equal(200);
      expect(body, path).not.to.include(secret);
    }
    await visitor.get('/developer/apps');
    expect(visitor.page.text).to.include('My shop');
  });

  it('makes one app when the form is sent twice', async () => {
    await visitor.get('/developer/apps/new?type=web');
    const values = { name: 'Twice', redirectUris: 'https://shop.example/callback' };
    const form = visitor.page.document.querySelector(FORM);
    const fields = new URLSearchParams(
      form
        ?.querySelectorAll('input')
        .map((input): [string, string] => [
          input.getAttribute('name') ?? '',
          input.getAttribute('value') ?? '',
        ]),
    );
    await visitor.submitForm(FORM, values);
    for (const [name, value] of Object.entries(values)) fields.set(name, value);
    const again = await visitor.request('/developer/apps/new', {
      method: 'POST',
      body: fields,
      headers: { origin: server.url, 'sec-fetch-site': 'same-origin' },
    });
    expect(again.status).to.equal(303);
    const { text } = await visitor.get('/developer/apps');
    expect(text.split('Twice')).to.have.length(2);
  });

  it('keeps the typed values and names each wrong line', async () => {
    await visitor.get('/developer/apps/new?type=web');
    const redirectUris =
      'https://shop.example/ok\n\nhttp://shop.example/cb\nhttps://*.shop.example/';
    const { status, document } = await visitor.submitForm(FORM, { name: '<b>Shop', redirectUris });
    expect(status).to.equal(422);
    expect(document.querySelector('textarea')?.text).to.equal(redirectUris);
    expect(document.querySelector('input[name=name]')?.getAttribute('value')).to.equal('<b>Shop');
    const lines = document.querySelectorAll('#redirectUris-error code').map(({ text }) => text);
    expect(lines).to.deep.equal(['http://shop.example/cb', 'https://*.shop.example/']);
  });

  it('writes a hostile name as text', async () => {
    await register('<script>alert(1)</script>');
    const { body } = await visitor.get('/developer/apps');
    expect(body).not.to.include('<script>alert');
    expect(body).to.include('&lt;script&gt;alert');
  });

  it('changes settings', async () => {
    const { clientId } = await register();
    await visitor.get(`/developer/apps/${clientId}/settings`);
    await visitor.submitForm(FORM, {
      name: 'Renamed',
      redirectUris: 'https://shop.example/callback\r\nhttps://shop.example/other',
      contact: 'help@shop.example',
      initiateLoginUri: 'https://shop.example/sign-in',
      subjectType: 'pairwise',
      requirePkce: null,
    });
    expect(visitor.page.url.pathname).to.equal(`/developer/apps/${clientId}`);
    expect(visitor.page.text).to.include('Saved.');
    const client = await fresh(clientId);
    expect(client).to.deep.include({
      name: 'Renamed',
      redirectUris: ['https://shop.example/callback', 'https://shop.example/other'],
      contact: 'help@shop.example',
      initiateLoginUri: 'https://shop.example/sign-in',
      subjectType: 'pairwise',
      requirePkce: false,
    });
  });

  it('changes secrets without an outage and removes one after a confirmation', async () => {
    const { clientId, secret: first } = await register();
    const { clients } = server.connected;
    await visitor.get(`/developer/apps/${clientId}/secrets`);
    await visitor.submitForm(FORM, { overlap: 'keep' });
    const second = visitor.page.document.querySelector('.secret-value')?.text ?? '';
    expect(await isTrueWithin(() => clients.verifySecret(clientId, second))).to.equal(true);
    expect(await clients.verifySecret(clientId, first)).to.equal(true);
    const { body } = await visitor.get(`/developer/apps/${clientId}/secrets`);
    expect(body).not.to.include(second);
    const row = visitor.page.document
      .querySelectorAll('tbody tr')
      .find(({ text }) => text.includes(first.slice(-4)));
    await visitor.get(row?.querySelector('a')?.getAttribute('href') ?? '');
    await visitor.submitForm(FORM);
    const isRefused = async (): Promise<boolean> => !(await clients.verifySecret(clientId, first));
    expect(await isTrueWithin(isRefused)).to.equal(true);
    expect(await clients.verifySecret(clientId, second)).to.equal(true);
  });

  it('suspends, resumes and deletes, and names the consequences', async () => {
    const { clientId } = await register();
    await visitor.get(`/developer/apps/${clientId}/suspend`);
    expect(visitor.page.text).to.include('Nobody can sign in to it');
    await visitor.submitForm(FORM);
    expect(visitor.page.text).to.include('This app is suspended');
    await visitor.get(`/developer/apps/${clientId}/suspend`);
    expect(visitor.page.url.pathname).to.equal(`/developer/apps/${clientId}`);
    await visitor.submitForm('form[action$="/resume"]');
    expect(visitor.page.text).not.to.include('This app is suspended');
    await visitor.get(`/developer/apps/${clientId}/delete`);
    expect(visitor.page.text).to.include('cannot be undone');
    await visitor.submitForm(FORM);
    expect(visitor.page.url.pathname).to.equal('/developer/apps');
    const deleted = await visitor.get(`/developer/apps/${clientId}`);
    expect(deleted.status).to.equal(410);
    expect(deleted.text).to.include('This app was deleted').and.include('My shop');
    expect((await visitor.get(`/developer/apps/${clientId}/settings`)).status).to.equal(404);
    const stranger = await signedIn();
    expect((await stranger.get(`/developer/apps/${clientId}`)).status).to.equal(404);
  });

  it('leads from every page of an app to all the others, and marks the current one', async () => {
    const { clientId } = await register();
    const home = `/developer/apps/${clientId}`;
    const tails = ' /permissions /settings /secrets /logo /code /preview /failed-requests'.split(
      ' ',
    );
    for (const tail of tails) {
      const { document } = await visitor.get(`${home}${tail}`);
      const tabs = document.querySelector('.tabs')?.querySelectorAll('a') ?? [];
      expect(
        tabs.map((tab) => tab.getAttribute('href')),
        tail,
      ).to.deep.equal(tails.map((other) => `${home}${other}`));
      const current = tabs.filter((tab) => tab.getAttribute('aria-current') === 'page');
      expect(
        current.map((tab) => tab.getAttribute('href')),
        tail,
      ).to.deep.equal([`${home}${tail}`]);
    }
    for (const tail of ['/suspend', '/delete']) {
      const { document } = await visitor.get(`${home}${tail}`);
      const current = document.querySelectorAll('.tabs a[aria-current=true]');
      expect(current.map((tab) => tab.getAttribute('href'))).to.deep.equal([home]);
    }
  });

  it('offers a service only the pages that it has', async () => {
    await visitor.get('/developer/apps/new?type=machine');
    await visitor.submitForm(FORM, { name: 'Nightly job' });
    await visitor.submitForm('main form');
    const home = visitor.page.url.pathname.replace('/permissions', '');
    const tabs = visitor.page.document.querySelectorAll('.tabs a');
    expect(tabs.map((tab) => tab.getAttribute('href')?.slice(home.length))).to.deep.equal(
      ' /permissions /settings /secrets /code /failed-requests'.split(' '),
    );
    const { document } = await visitor.get(`${home}/permissions`);
    expect(document.querySelectorAll('#details, #example')).to.have.length(0);
  });

  it('does not write about people on the pages of a service', async () => {
    const expectNoPeople = (): void => {
      const text = visitor.page.document.querySelector('main')?.text ?? '';
      const own = text.replaceAll('Service without people', '');
      expect(own, visitor.page.url.pathname).not.to.match(/people|sign in to/i);
    };
    await visitor.get('/developer/apps/new?type=machine');
    expectNoPeople();
    await visitor.submitForm(FORM, { name: 'Hourly job' });
    expectNoPeople();
    await visitor.submitForm('main form');
    const home = visitor.page.url.pathname.replace('/permissions', '');
    for (const tail of ['', '/permissions', '/settings', '/secrets', '/code', '/suspend']) {
      await visitor.get(`${home}${tail}`);
      expectNoPeople();
    }
    await visitor.submitForm('form.confirmation');
    expectNoPeople();
    await visitor.get(`${home}/delete`);
    expectNoPeople();
    await visitor.submitForm('form.confirmation');
    await visitor.get(home);
    expectNoPeople();
  });

  it('lists on the overview what is missing, until it is there', async () => {
    const { clientId } = await register();
    const home = `/developer/apps/${clientId}`;
    const openSteps = async () => {
      const { document } = await visitor.get(home);
      return document.querySelectorAll('.is-open a').map((link) => link.getAttribute('href'));
    };
    expect(await openSteps()).to.deep.equal(
      ['/permissions', '/permissions', '/logo', '/settings', '/settings', '/code'].map(
        (tail) => `${home}${tail}`,
      ),
    );
    await visitor.get(`${home}/settings`);
    await visitor.submitForm(FORM, {
      contact: 'help@shop.example',
      policyUri: 'https://shop.example/privacy',
    });
    await visitor.get(`${home}/permissions`);
    await visitor.submitForm('#access', { necessity_email: 'essential', 'purpose_email.en': 'x' });
    // The other details of its permissions have no reason yet.
    expect(await openSteps()).to.deep.equal(
      ['/permissions', '/logo', '/code'].map((tail) => `${home}${tail}`),
    );
  });

  it('does not show the apps of others', async () => {
    const { clientId } = await register();
    const stranger = await signedIn();
    const tails = ['', '/settings', '/permissions', '/secrets', '/code', '/suspend', '/delete'];
    for (const tail of tails) {
      const { status } = await stranger.get(`/developer/apps/${clientId}${tail}`);
      expect(status, tail).to.equal(404);
    }
  });

  async function fresh(
    clientId: string,
  ): ReturnType<TestServer['connected']['clients']['findManaged']> {
    const manager = { accountId: 'nobody', isAdministrator: true };
    return server.connected.clients.findManaged({ clientId, manager });
  }
});
