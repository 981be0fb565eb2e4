import { expect } from 'chai';

import { type Client, OPERATOR } from '../../src/clients/index.ts';
import { createPerson, signIn, visitorAt } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import type { Visitor } from '../support/people/visitor.ts';

describe('the page "Details and permissions" of an app, without JavaScript', () => {
  let server: TestServer;
  let developer: Visitor;
  let accountId: string;

  before(async () => {
    server = await startTestServer();
    const person = await createPerson(server.connected);
    ({ accountId } = person);
    developer = visitorAt(server.url);
    await developer.get('/developer/apps');
    await signIn(developer, person);
  });
  after(() => server.stop());

  /** Opens the page of a new app. */
  async function openPage(scopes?: readonly string[]): Promise<string> {
    const { client } = await server.connected.clients.create({
      ownerAccountId: accountId,
      applicationType: 'web',
      name: 'My shop',
      redirectUris: ['https://shop.example/callback'],
      ...(scopes === undefined ? {} : { scopes }),
    });
    await developer.get(`/developer/apps/${client.id}/permissions`);
    return client.id;
  }

  const stored = (clientId: string): Promise<Client> =>
    server.connected.clients.findManaged({ clientId, manager: OPERATOR });

  const scopeShown = (): string =>
    developer.page.document.querySelector('#scope-value code')?.text ?? '';

  const nothing = (): Record<string, string> =>
    Object.fromEntries(
      developer.page.document
        .querySelectorAll('#access input[value=none]')
        .map((input) => [input.getAttribute('name') ?? '', 'none']),
    );

  it('saves the details and the permissions in one step, and the scopes follow from the details', async () => {
    const clientId = await openPage();
    await developer.submitForm('#access', {
      ...nothing(),
      necessity_email: 'essential',
      'purpose_email.en': 'Orders',
      'purpose_email.ru': 'Для заказов',
      duration_email: '1_year',
      necessity_phone_number: 'voluntary',
      permissions: ['offline_access', 'account:read'],
    });
    expect(developer.page.text).to.include('Details and permissions saved.');
    const { requests, scopes } = await stored(clientId);
    expect(scopes).to.deep.equal(['openid', 'email', 'phone', 'offline_access', 'account:read']);
    expect(scopeShown()).to.equal('openid email phone offline_access account:read');
    expect(requests).to.deep.equal([
      {
        claim: 'email',
        necessity: 'essential',
        purpose: { en: 'Orders', ru: 'Для заказов' },
        purposeVersion: 1,
        longestDuration: '1_year',
      },
      {
        claim: 'phone_number',
        necessity: 'voluntary',
        purpose: { en: '' },
        purposeVersion: 0,
        longestDuration: 'until_withdrawn',
      },
    ]);
  });

  it('saves nothing when one entry is refused, names each at its field and keeps everything', async () => {
    const clientId = await openPage();
    const before = await stored(clientId);
    const { status, document, text } = await developer.submitForm('#access', {
      ...nothing(),
      necessity_email: 'essential',
      necessity_name: 'voluntary',
      'purpose_name.en': 'To greet you',
      'purpose_name.ru': 'а'.repeat(201),
      duration_name: '30_days',
      permissions: ['offline_access', 'no-such-permission'],
    });
    expect(status).to.equal(422);
    const links = document.querySelectorAll('.banner-bad a').map((a) => a.getAttribute('href'));
    expect(links).to.have.members(['#purpose_email.en', '#purpose_name.ru', '#permissions']);
    for (const link of links) {
      expect(document.querySelectorAll(`[id="${String(link).slice(1)}"]`), link).to.have.length(1);
    }
    expect(text).to.include('Enter the reason in English');
    expect(document.querySelector('[id="purpose_name.en"]')?.text).to.equal('To greet you');
    expect(document.querySelector('[id="purpose_name.ru"]')?.text).to.have.length(201);
    const checked = document
      .querySelectorAll('#access input[checked]')
      .map((input) => `${String(input.getAttribute('name'))} ${input.getAttribute('value') ?? ''}`);
    expect(checked).to.include.members([
      'necessity_email essential',
      'necessity_name voluntary',
      'permissions offline_access',
    ]);
    expect(
      document.querySelector('#duration_name option[selected]')?.getAttribute('value'),
    ).to.equal('30_days');
    const { requests, scopes } = await stored(clientId);
    expect({ requests, scopes }).to.deep.equal({
      requests: before.requests,
      scopes: before.scopes,
    });
    await developer.submitForm('#access', {
      'purpose_email.en': 'Orders',
      'purpose_name.ru': 'Чтобы обратиться к вам',
      permissions: ['offline_access'],
    });
    expect(developer.page.text).to.include('Details and permissions saved.');
    expect((await stored(clientId)).requests.map(({ claim }) => claim)).to.deep.equal([
      'name',
      'email',
    ]);
  });

  it('shows an app without registered claims as it is, and saving that changes nothing for people', async () => {
    const clientId = await openPage();
    const catalogue = await server.connected.scopes.catalogue();
    const asked = catalogue.permittedClaims(['openid', 'profile', 'email']);
    expect(asked.length).to.be.greaterThan(5);
    const { document, text } = developer.page;
    expect(text).to.include('so the app asks for everything that its permissions contain');
    expect(document.querySelectorAll('input[value=voluntary][checked]')).to.have.length(
      asked.length,
    );
    await developer.submitForm('#access', { 'purpose_email.en': 'Orders' });
    const { requests, scopes } = await stored(clientId);
    expect(scopes).to.deep.equal(['openid', 'profile', 'email']);
    expect(requests.map(({ claim }) => claim)).to.have.members([...asked]);
    // Only new words make people decide again.
    for (const { claim, purposeVersion } of requests)
      expect(purposeVersion, claim).to.equal(claim === 'email' ? 1 : 0);
    expect(developer.page.text).not.to.include('so the app asks for everything');
  });

  it('takes every data scope from an app that requests nothing', async () => {
    const clientId = await openPage();
    await developer.submitForm('#access', nothing());
    expect(await stored(clientId)).to.deep.include({ requests: [], scopes: ['openid'] });
    expect(scopeShown()).to.equal('openid');
    expect(developer.page.document.querySelectorAll('#example .ask')).to.have.length(0);
  });

  it('keeps the reason in a language that this server does not have', async () => {
    const clientId = await openPage(['openid', 'email']);
    await server.connected.clients.setRequests({
      clientId,
      manager: OPERATOR,
      requests: [
        {
          claim: 'email',
          necessity: 'essential',
          purpose: { en: 'Orders', 'pt-BR': 'Pedidos' },
          longestDuration: 'once',
        },
      ],
    });
    await developer.get(`/developer/apps/${clientId}/permissions`);
    await developer.submitForm('#access', { 'purpose_email.ru': 'Заказы' });
    expect((await stored(clientId)).requests[0]?.purpose).to.deep.equal({
      en: 'Orders',
      ru: 'Заказы',
      'pt-BR': 'Pedidos',
    });
  });

  it('refuses a data scope as a permission, because it would open details that were not chosen', async () => {
    const clientId = await openPage(['openid', 'email']);
    const { status } = await developer.submitForm('#access', {
      ...nothing(),
      permissions: ['profile'],
    });
    expect(status).to.equal(422);
    expect((await stored(clientId)).scopes).to.deep.equal(['openid', 'email']);
  });

  describe('the example of the consent page', () => {
    const PRESS = '[form=access][formaction]';

    it('follows choices that are not saved, and keeps them on the page', async () => {
      const clientId = await openPage();
      const { status, document, url } = await developer.submitForm(PRESS, {
        ...nothing(),
        necessity_birthdate: 'essential',
        'purpose_birthdate.en': 'To check your age <b>',
      });
      expect(status).to.equal(200);
      const rows = document.querySelectorAll('#example .ask').map(({ text }) => text);
      expect(rows).to.have.length(1);
      expect(rows[0]).to.include('20 May 1990').and.to.include('To check your age');
      expect(document.querySelector('[id="purpose_birthdate.en"]')?.text).to.include('your age');
      expect(scopeShown()).to.equal('openid profile');
      expect((await stored(clientId)).requests).to.have.length(0);
      // Reloading the address of the answer leads to the page, and sends no form.
      await developer.get(url);
      expect(developer.page.url.pathname).to.equal(`/developer/apps/${clientId}/permissions`);
    });

    it('is written in the language that the developer chooses', async () => {
      await openPage();
      const { document } = await developer.submitForm(PRESS, {
        ...nothing(),
        necessity_name: 'voluntary',
        'purpose_name.ru': 'Чтобы обратиться к вам',
        exampleLocale: 'ru',
      });
      const example = document.querySelector('#example');
      expect(example?.querySelector('[lang=ru]')?.text)
        .to.include('Мария Орлова')
        .and.to.include('Чтобы обратиться к вам');
      expect(document.querySelector('h1')?.text).to.equal('Details and permissions');
    });

    it('is the consent page itself, without a form, a token, a link or a control that works', async () => {
      await openPage();
      const example = developer.page.document.querySelector('#example');
      expect(example?.querySelectorAll('.ask').length).to.be.greaterThan(5);
      expect(example?.querySelectorAll('form, a[href], [name=_csrf], [name=seen]')).to.have.length(
        0,
      );
      const controls = example?.querySelectorAll('input, select, button') ?? [];
      expect(controls.length).to.be.greaterThan(5);
      for (const control of controls)
        expect(control.closest('fieldset[disabled], [inert]'), control.outerHTML).not.to.equal(
          null,
        );
      for (const summary of example?.querySelectorAll('summary') ?? [])
        expect(summary.closest('[inert]'), summary.outerHTML).not.to.equal(null);
    });

    it('writes no consent, no release and no event, and shows no value of the developer', async () => {
      const count = async (): Promise<unknown> =>
        server.connected.db.query({
          name: 'count-everything',
          text: `select (select count(*)::int from consents) as consents, (select count(*)::int from consent_events) as events,
            (select count(*)::int from releases) as releases, (select count(*)::int from audit_events) as audit,
            (select count(*)::int from clients) as clients`,
        });
      const clientId = await openPage();
      const before = await count();
      await developer.get(`/developer/apps/${clientId}/permissions`);
      await developer.submitForm(PRESS, { necessity_email: 'essential', 'purpose_email.en': 'x' });
      expect(await count()).to.deep.equal(before);
      const attributes = await server.connected.vault.listAttributes(accountId);
      expect(attributes.length).to.be.greaterThan(0);
      const shown = developer.page.document.querySelector('#example')?.text ?? '';
      for (const { value } of attributes)
        if (typeof value === 'string') expect(shown).not.to.include(value);
    });

    it('shows no app of other people', async () => {
      const clientId = await openPage();
      const stranger = visitorAt(server.url);
      await stranger.get('/developer/apps');
      await signIn(stranger, await createPerson(server.connected));
      const { status } = await stranger.get(`/developer/apps/${clientId}/permissions/example`);
      expect(status).to.equal(404);
    });
  });
});
