import { expect } from 'chai';

import { createPerson, PASSWORD, visitorAt } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import type { Visitor } from '../../support/people/visitor.ts';
import { codeFor } from '../../vault/mailed-code.ts';

const TAKEN = 'Silver.Heron';

describe('A username at the registration', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ config: { registrationUsername: 'optional' } });
    const { accountId } = await createPerson(server.connected);
    const value = TAKEN;
    await server.connected.vault.addAttribute({ accountId, claim: 'preferred_username', value });
  });
  after(() => server.stop());

  const register = async (email: string, username: string): Promise<Visitor> => {
    const visitor = visitorAt(server.url);
    await visitor.get('/account');
    await visitor.follow('a[href$="/register"]');
    const typed = { email, password: PASSWORD, username };
    await visitor.submitForm('form[action$="/register"]', typed);
    return visitor;
  };
  const confirm = async (visitor: Visitor, email: string): Promise<void> => {
    const code = await codeFor(server.connected, email);
    await visitor.submitForm('form[action*="/confirm/"]', { code });
    expect(visitor.page.url.pathname).to.equal('/account');
  };
  const signsIn = async (identifier: string): Promise<boolean> => {
    const visitor = visitorAt(server.url);
    await visitor.get('/account');
    await visitor.submitForm('form[action$="/sign-in"]', { identifier, password: PASSWORD });
    return visitor.page.url.pathname === '/account';
  };

  it('belongs to the account once its address is confirmed', async () => {
    const email = 'heron@example.org';
    const visitor = await register(email, 'grey.heron');
    expect(await signsIn('grey.heron')).to.equal(false);
    await confirm(visitor, email);
    expect(await signsIn('GREY.HERON')).to.equal(true);
  });

  it('is not taken from a cookie that this server did not write', async () => {
    const email = 'planted@example.org';
    const visitor = await register(email, '');
    const { document, url } = visitor.page;
    const token = document.querySelector('form[action*="/confirm/"] [name=_csrf]');
    const code = await codeFor(server.connected, email);
    const { status } = await visitor.request(url, {
      method: 'POST',
      body: new URLSearchParams({ _csrf: token?.getAttribute('value') ?? '', code }),
      headers: {
        origin: server.url,
        cookie: `${visitor.cookies.header(url)}; consentry-wished-username=planted.heron`,
      },
    });
    expect(status).to.equal(303);
    expect(await signsIn(email)).to.equal(true);
    expect(await signsIn('planted.heron')).to.equal(false);
  });

  it('is given to one account, also in another case or with letters that look alike; a nickname is not unique', async () => {
    for (const [index, username] of [TAKEN, 'silver.heron', 'si1ver.her0n'].entries()) {
      const email = `late${String(index)}@example.org`;
      const visitor = await register(email, username);
      expect(visitor.page.url.pathname, 'nothing is revealed before').to.match(/\/confirm\//);
      await confirm(visitor, email);
      expect(visitor.page.text).to.include(`The username ${username} is taken`);
    }
    for (const value of ['Heron', 'Heron']) {
      const { accountId } = await createPerson(server.connected, { values: { nickname: [value] } });
      expect(accountId).to.be.a('string');
    }
  });

  it('is refused at once when no account can have it', async () => {
    for (const username of ['ab', 'admin', 'with@sign']) {
      const { page } = await register('nobody@example.org', username);
      expect(page.status, username).to.equal(422);
      expect(page.document.querySelector('#username-error'), username).to.not.equal(null);
    }
  });

  it('is not given to an account that its owner signs in to instead', async () => {
    const person = await createPerson(server.connected);
    const visitor = await register(person.email, 'white.heron');
    const interaction = visitor.page.url.pathname.split('/confirm/')[0] ?? '';
    await visitor.get(`${interaction}/code`);
    await visitor.submitForm('form[action$="/code"]', { identifier: person.email });
    await confirm(visitor, person.email);
    const { state } = await server.connected.vault.checkUsername({
      accountId: person.accountId,
      username: 'white.heron',
    });
    expect(state).to.equal('free');
  });

  it('is the one of the newest registration', async () => {
    const visitor = await register('first@example.org', 'blue.heron');
    await visitor.get(`${visitor.page.url.pathname.split('/confirm/')[0] ?? ''}/register`);
    const email = 'second@example.org';
    await visitor.submitForm('form[action$="/register"]', { email, password: PASSWORD });
    await confirm(visitor, email);
    expect(await signsIn('blue.heron')).to.equal(false);
  });

  it('has no field by default', async () => {
    const other = await startTestServer();
    const visitor = visitorAt(other.url);
    await visitor.get('/account');
    await visitor.follow('a[href$="/register"]');
    expect(visitor.page.document.querySelector('input[name=username]')).to.equal(null);
    await other.stop();
  });
});
