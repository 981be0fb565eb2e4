import { expect } from 'chai';

import { beginAt } from '../../support/people/connect-app.ts';
import { signedInVisitor } from '../../support/people/console-visitor.ts';
import { createPerson, PASSWORD, visitorAt } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';
import { codeFor } from '../../vault/mailed-code.ts';

const TAKEN = 'silver.heron';
const CHOOSE = 'form[action$="/username"]';

describe('A server on which every account has a username', () => {
  let server: TestServer;
  let app: ThirdPartyApp;
  before(async () => {
    server = await startTestServer({ config: { registrationUsername: 'required' } });
    const owner = await createPerson(server.connected, {
      values: { preferred_username: [TAKEN] },
    });
    app = await registerThirdPartyApp(server, owner.accountId);
  });
  after(() => server?.stop());

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
  };

  it('does not accept a registration without one', async () => {
    const { page } = await register('none@example.org', '');
    expect(page.status).to.equal(422);
    const field = page.document.querySelector('input[name=username]');
    expect(field?.hasAttribute('required')).to.equal(true);
    expect(page.document.querySelector('#username-error')?.text).to.include('Fill this in');
  });

  it('gives the wished name when the address is confirmed', async () => {
    const visitor = await register('grey@example.org', 'grey.heron');
    await confirm(visitor, 'grey@example.org');
    expect(visitor.page.url.pathname).to.equal('/account');
    expect(visitor.page.text).to.include('grey.heron');
  });

  it('requests another name when the wished one was taken, and reveals that only then', async () => {
    const visitor = await register('late@example.org', TAKEN);
    expect(visitor.page.url.pathname).to.match(/\/confirm\//);
    await confirm(visitor, 'late@example.org');
    expect(visitor.page.text).to.include(`The username ${TAKEN} is taken. Choose another one.`);
    const again = await visitor.submitForm(CHOOSE, { value: TAKEN });
    expect(again.status).to.equal(422);
    await visitor.submitForm(CHOOSE, { value: 'late.heron' });
    expect(visitor.page.url.pathname).to.equal('/account');
  });

  it('requests it from a person who joins by a code, before the decision about the app', async () => {
    const visitor = visitorAt(server.url);
    const attempt = await app.begin(visitor, { scope: 'openid profile' });
    await visitor.follow('a[href$="/code"]');
    await visitor.submitForm('form[action$="/code"]', { identifier: 'code@example.org' });
    await confirm(visitor, 'code@example.org');
    expect(visitor.page.document.querySelector('h1')?.text).to.equal('Choose a username');
    await visitor.get(visitor.page.url);
    await visitor.submitForm(CHOOSE, { value: 'code.heron' });
    await visitor.submitForm('button[value=allow]');
    expect((await attempt.finish()).access_token).to.be.a('string');
  });

  it('requests it from an older account, and answers interaction_required to prompt=none until then', async () => {
    const person = await createPerson(server.connected);
    const visitor = await signedInVisitor(server.url, person);
    expect(visitor.page.document.querySelector(CHOOSE)).not.to.equal(null);
    const silent = await app.begin(visitor, { scope: 'openid', prompt: 'none' });
    expect(silent.answer().get('error')).to.equal('interaction_required');
    const attempt = await app.begin(visitor, { scope: 'openid' });
    await visitor.submitForm(CHOOSE, { value: 'old.heron' });
    await visitor.submitForm('button[value=allow]');
    expect((await attempt.finish()).access_token).to.be.a('string');
  });

  it('can be left for the app without a username', async () => {
    const person = await createPerson(server.connected);
    const visitor = visitorAt(server.url);
    const attempt = await beginAt({ visitor, app, person, parameters: { scope: 'openid' } });
    await visitor.submitForm('form[action$="/cancel"]');
    expect(attempt.answer().get('error')).to.equal('access_denied');
  });
});
