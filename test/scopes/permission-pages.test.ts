import { expect } from 'chai';

import { createPerson, signIn, visitorAt } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import type { Visitor } from '../support/people/visitor.ts';

const FORM = 'main form[method=post]';
const WORDS = {
  'title.en': 'Your orders',
  'title.ru': 'Ваши заказы',
  'description.en': 'See what you bought.',
  'description.ru': 'Видеть, что вы купили.',
};

describe('the permission pages of administrators, without JavaScript', () => {
  let server: TestServer;
  let administrator: Visitor;

  before(async () => {
    server = await startTestServer();
    const person = await createPerson(server.connected, { isAdministrator: true });
    administrator = visitorAt(server.url);
    await administrator.get('/admin/permissions');
    await signIn(administrator, person);
    expect(administrator.page.url.pathname).to.equal('/admin/permissions');
  });
  after(() => server.stop());

  it('are refused to other people', async () => {
    const person = visitorAt(server.url);
    await person.get('/account');
    await signIn(person, await createPerson(server.connected));
    for (const path of ['', '/new', '/apis/new', '/scopes/email', '/scopes/email/retire']) {
      expect((await person.get(`/admin/permissions${path}`)).status, path).to.equal(403);
    }
  });

  it('show a standard permission without a form, and offer to retire none', async () => {
    const { document, text } = await administrator.get('/admin/permissions/scopes/profile');
    expect(document.querySelector(FORM)).to.equal(null);
    expect(text).to.include('cannot be changed').and.include('Date of birth');
    for (const name of ['openid', 'offline_access']) {
      const signIn = await administrator.get(`/admin/permissions/scopes/${name}`);
      expect(signIn.text, name).to.match(/Gives\s*Signing in/);
    }
    const retire = await administrator.get('/admin/permissions/scopes/profile/retire');
    expect(retire.url.pathname).to.equal('/admin/permissions/scopes/profile');
  });

  it('define a permission for an API once the API is registered', async () => {
    await administrator.get('/admin/permissions/new?kind=api');
    expect(administrator.page.text).to.include('There is no API yet');
    await administrator.get('/admin/permissions/apis/new');
    for (const wrong of ['', 'ten', '1e3', '12.5', '-60', '9'.repeat(40)]) {
      const { document } = await administrator.submitForm(FORM, {
        identifier: 'not an address',
        accessTokenLifetimeSeconds: wrong,
      });
      const named = ['identifier', 'title\\.en', 'accessTokenLifetimeSeconds'].filter(
        (field) => document.querySelector(`#${field}-error`) !== null,
      );
      expect(named, wrong).to.have.length(3);
      const error = document.querySelector('#accessTokenLifetimeSeconds-error')?.text;
      expect(error, wrong).to.match(wrong.length > 9 ? /86,?400/ : /at least 60/);
    }
    const titles = { 'title.en': 'Orders', 'title.ru': 'Заказы' };
    const api = { ...titles, identifier: 'https://api.example/orders', accessTokenFormat: 'jwt' };
    const failed = await administrator.submitForm(FORM, {
      ...api,
      accessTokenLifetimeSeconds: '900',
    });
    expect(failed.document.querySelector('#accessTokenLifetimeSeconds-error')?.text).to.match(
      /600/,
    );
    const wrongId = await administrator.submitForm(FORM, {
      accessTokenLifetimeSeconds: '600',
      introspectionClientIds: 'app_one\n<b>',
    });
    expect(wrongId.document.querySelector('#introspectionClientIds-error')?.text).to.match(/20/);
    await administrator.submitForm(FORM, { introspectionClientIds: ' app_one\r\n\r\napp_two ' });
    expect(administrator.page.text).to.include('https://api.example/orders is registered');
    const named = async (): Promise<readonly string[] | undefined> =>
      (await server.connected.scopes.listResourceServers())[0]?.introspectionClientIds;
    expect(await named()).to.deep.equal(['app_one', 'app_two']);
    await administrator.get(
      `/admin/permissions/apis/${encodeURIComponent('https://api.example/orders')}`,
    );
    expect(administrator.page.document.querySelector('#introspectionClientIds')?.text).to.equal(
      'app_one\napp_two',
    );
    await administrator.submitForm(FORM, { introspectionClientIds: 'app_two' });
    expect(await named()).to.deep.equal(['app_two']);

    await administrator.get('/admin/permissions/new?kind=api');
    await administrator.submitForm(FORM, { ...WORDS, name: 'orders:read' });
    expect(administrator.page.text).to.include('Apps can now ask for orders:read');
    const list = await administrator.get('/admin/permissions');
    expect(list.document.querySelector('#permissions tbody tr')?.text).to.include('orders:read');
    const { text } = await administrator.get('/admin/permissions?q=orders%3Aread');
    expect(text).to.include('Your orders').and.not.include('offline_access');
    const none = await administrator.get('/admin/permissions?q=nothing-like-this');
    expect(none.text).to.include('No API has these words').and.not.include('No API is registered');

    const page = `/admin/permissions/apis/${encodeURIComponent('https://api.example/orders')}`;
    await administrator.get(page);
    await administrator.submitForm(FORM, { isRetired: 'on' });
    await administrator.get('/admin/permissions/scopes/orders:read');
    expect(administrator.page.text).to.include('works again when the API is in use again');
    await administrator.follow(`main a[href="${page}"]`);
    await administrator.submitForm(FORM, { isRetired: null });
    await administrator.get('/admin/permissions/scopes/orders:read');
    expect(administrator.page.document.querySelector(FORM)).not.to.equal(null);
  });

  it('define a permission for records, and show the error of its namespace', async () => {
    await administrator.get('/admin/permissions/new?kind=records');
    const words = { ...WORDS, name: 'reading-lists' };
    const failed = await administrator.submitForm(FORM, { ...words, namespace: 'Reading Lists' });
    expect(failed.status).to.equal(422);
    expect(failed.document.querySelector('#namespace-error')?.text).to.include(
      'lower-case letters',
    );
    await administrator.submitForm(FORM, { namespace: 'reading-lists', access: 'read' });
    expect(administrator.page.text).to.include('Apps can now ask for reading-lists');
    const { apiScopes, accountScopes } = await server.connected.scopes.catalogue();
    expect(apiScopes.find(({ name }) => name === 'reading-lists')).to.deep.include({
      resource: null,
      records: { namespace: 'reading-lists', access: 'read' },
    });
    expect(accountScopes).to.include('reading-lists');
    const { text } = await administrator.get('/admin/permissions?q=reading-lists');
    expect(text).to.include('Storing data here');
    await administrator.get('/admin/permissions/scopes/reading-lists');
    await administrator.submitForm(FORM, { 'title.en': 'Your lists' });
    const changed = (await server.connected.scopes.catalogue()).byName.get('reading-lists');
    expect(changed).to.deep.include({ records: { namespace: 'reading-lists', access: 'read' } });
  });

  it('define, change and retire a permission for details, and show the number of apps that request it', async () => {
    await administrator.get('/admin/permissions/new?kind=data');
    const failed = await administrator.submitForm(FORM, { ...WORDS, name: 'email' });
    expect(failed.status).to.equal(422);
    expect(failed.document.querySelector('#name-error')?.text).to.include(
      'reserved for the server',
    );
    expect(failed.document.querySelector('#claims-error')?.text).to.include('at least one');
    await administrator.submitForm(FORM, { name: 'pen-name', claims: ['nickname'] });

    const developer = await createPerson(server.connected);
    await server.connected.clients.create({
      ownerAccountId: developer.accountId,
      applicationType: 'single_page',
      name: 'Poems',
      redirectUris: ['https://poems.example/'],
      scopes: ['openid', 'pen-name'],
    });
    await administrator.get('/admin/permissions/scopes/pen-name');
    expect(administrator.page.text).to.include('1 app may ask for this');
    await administrator.submitForm(FORM, { 'title.en': 'Your pen name' });
    await administrator.get('/admin/permissions/scopes/pen-name/retire');
    expect(administrator.page.text).to.include('1 app asks for it and will no longer get it');
    await administrator.submitForm(FORM);
    expect(administrator.page.text).to.include('pen-name was retired');
    const retired = await administrator.get('/admin/permissions/scopes/pen-name/retire');
    expect(retired.url.pathname).to.equal('/admin/permissions/scopes/pen-name');
    expect(retired.text).to.include('cannot be brought back').and.include('By you');
    const shown = await (await fetch(`${server.url}/api/v1/scopes/pen-name`)).json();
    expect(shown).to.include.keys('retiredAt').and.not.include.keys('retiredBy');
  });
});
