import { expect } from 'chai';

import { createPerson, signIn, type TestPerson, visitorAt } from '../support/people/people.ts';
import { settableClock, type SettableClock } from '../support/clock.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import type { Visitor } from '../support/people/visitor.ts';
import { openDocument } from '../support/http/html-form.ts';
import { codeFor } from './mailed-code.ts';

/** The selected country of a form for a phone number. */
function countryOn(document: ReturnType<typeof openDocument>): string | undefined {
  return document.querySelector('select[name=country] option[selected]')?.getAttribute('value');
}

describe('the account pages', () => {
  let server: TestServer;
  let clock: SettableClock;
  before(async () => {
    clock = settableClock(new Date());
    server = await startTestServer({ clock });
  });
  after(() => server.stop());

  const enter = async (person: TestPerson): Promise<Visitor> => {
    const visitor = visitorAt(server.url);
    await visitor.get('/account');
    await signIn(visitor, person);
    return visitor;
  };

  it('require a sign-in', async () => {
    const visitor = visitorAt(server.url);
    for (const path of ['/account', '/account/security', '/account/emails/add']) {
      const page = await visitor.get(path);
      expect(page.url.pathname, path).to.match(/^\/interaction\//);
    }
  });

  it('add, rename and delete a value and make one the default, without JavaScript', async () => {
    const person = await createPerson(server.connected);
    const visitor = await enter(person);
    await visitor.get('/account/values/add/name');
    await visitor.submitForm('form[action$="/add/name"]', { value: 'Ana Petrova', label: 'work' });
    await visitor.get('/account/values/add/name');
    const page = await visitor.submitForm('form[action$="/add/name"]', { value: 'A. Petrova' });
    expect(page.url.pathname).to.equal('/account');
    expect(page.text).to.include('Ana Petrova').and.include('A. Petrova').and.include('work');
    const second = await valueId(person, 'A. Petrova');
    await visitor.submitForm(`form[action$="${second}/default"]`);
    await visitor.get(`/account/values/${second}`);
    await visitor.submitForm(`form[action$="${second}"]`, { value: 'Ana P.', label: 'short' });
    await visitor.get(`/account/values/${second}/remove`);
    const end = await visitor.submitForm(`form[action$="${second}/remove"]`);
    expect(end.text).to.not.include('Ana P.');
  });

  it('show the error at the field and keep the typed text', async () => {
    const visitor = await enter(await createPerson(server.connected));
    await visitor.get('/account/phones/add');
    const page = await visitor.submitForm('form[action="/account/phones/add"]', {
      value: '495 123',
      label: 'home',
    });
    expect(page.status).to.equal(422);
    expect(page.text).to.include('Choose the country');
    expect(page.document.querySelector('input[name=value]')?.getAttribute('value')).to.equal(
      '495 123',
    );
    const short = await visitor.submitForm('form[action="/account/phones/add"]', {
      country: 'GB',
    });
    expect(short.text).to.include('No phone number of this country looks like this');
    expect(countryOn(short.document)).to.equal('GB');
  });

  it('read a phone number in the chosen country, which the languages of the browser suggest', async () => {
    const person = await createPerson(server.connected);
    const visitor = await enter(person);
    const headers = { 'accept-language': 'pt-BR,pt;q=0.8,en;q=0.5' };
    const form = await visitor.request(`${server.url}/account/phones/add`, { headers });
    expect(countryOn(openDocument(await form.text()))).to.equal('BR');
    await visitor.get('/account/phones/add');
    await visitor.submitForm('form[action="/account/phones/add"]', {
      country: 'GB',
      value: '020 7946 0123',
    });
    const id = await valueId(person, '+442079460123');
    await visitor.get(`/account/values/${id}`);
    expect(countryOn(visitor.page.document)).to.equal('GB');
    await visitor.submitForm(`form[action$="${id}"]`, { country: 'RU', value: '8 495 123-45-67' });
    expect(await valueId(person, '+74951234567')).to.equal(id);
  });

  it('show hostile text as text', async () => {
    const person = await createPerson(server.connected);
    const value = '"><script>alert(1)</script>';
    const { accountId } = person;
    await server.connected.vault.addAttribute({
      accountId,
      claim: 'name',
      value,
      label: '{{7*7}}',
    });
    const visitor = await enter(person);
    const page = await visitor.get('/account');
    expect(page.body).to.not.include('<script>alert');
    expect(page.text).to.include(value).and.include('{{7*7}}');
  });

  it('add an e-mail and verify it by the mailed code', async () => {
    const person = await createPerson(server.connected);
    const visitor = await enter(person);
    await visitor.get('/account/emails/add');
    const value = `second-${person.email}`;
    const confirm = await visitor.submitForm('form[action="/account/emails/add"]', { value });
    expect(confirm.url.pathname).to.match(/\/confirm$/);
    const code = await codeFor(server.connected, value);
    const done = await visitor.submitForm('form[action$="/confirm"]', { code });
    expect(done.url.pathname).to.equal('/account');
    const found = await server.connected.vault.findIdentifier({ kind: 'email', value });
    expect(found?.accountId).to.equal(person.accountId);
  });

  it('require a fresh proof before an e-mail is added or the password changed', async () => {
    const visitor = await enter(await createPerson(server.connected));
    clock.advance(900);
    for (const path of ['/account/emails/add', '/account/security/password']) {
      const { status, headers } = await visitor.request(path);
      expect(status, path).to.equal(303);
      expect(headers.get('location'), path).to.include('prompt=login');
    }
    expect((await visitor.request('/account')).status).to.equal(200);
    clock.set(new Date());
  });

  it('end all other sessions when the password is changed', async () => {
    const person = await createPerson(server.connected);
    const [here, elsewhere] = [await enter(person), await enter(person)];
    await here.get('/account/security/password');
    const newPassword = 'seven herons count the evening trains';
    const wrong = await here.submitForm('form[action$="/password"]', {
      currentPassword: 'not it',
      newPassword,
    });
    expect(wrong.status).to.equal(422);
    const done = await here.submitForm('form[action$="/password"]', {
      currentPassword: person.password,
      newPassword,
    });
    expect(done.url.pathname).to.equal('/account/security');
    expect((await here.get('/account')).url.pathname).to.equal('/account');
    expect((await elsewhere.get('/account')).url.pathname).to.match(/^\/interaction\//);
  });

  it('do not delete the last proven e-mail', async () => {
    const person = await createPerson(server.connected);
    const visitor = await enter(person);
    const [id = ''] = person.attributeIds['email'] ?? [];
    await visitor.get(`/account/emails/${id}/remove`);
    const page = await visitor.submitForm(`form[action$="${id}/remove"]`);
    expect(page.text).to.include('only confirmed address');
  });

  it('answer 404 for values of other people', async () => {
    const owner = await createPerson(server.connected);
    const [id = ''] = owner.attributeIds['email'] ?? [];
    const visitor = await enter(await createPerson(server.connected));
    for (const path of [
      `values/${id}`,
      `values/${id}/remove`,
      `emails/${id}/remove`,
      `emails/${id}/confirm`,
    ]) {
      expect((await visitor.get(`/account/${path}`)).status, path).to.equal(404);
    }
  });

  async function valueId({ accountId }: TestPerson, value: string): Promise<string> {
    const attributes = await server.connected.vault.listAttributes(accountId);
    return attributes.find((attribute) => attribute.value === value)?.id ?? 'none';
  }
});
