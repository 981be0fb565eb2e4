import { expect } from 'chai';

import { settableClock } from '../support/clock.ts';
import { callApi } from '../support/people/console-visitor.ts';
import { PASSWORD, visitorAt } from '../support/people/people.ts';
import { readMessages } from '../support/people/sent-messages.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import type { Visitor } from '../support/people/visitor.ts';
import { codeFor } from '../vault/mailed-code.ts';

describe('The first password of an account', () => {
  const clock = settableClock(new Date());
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ clock });
  });
  after(() => server.stop());

  const registerByCode = async (email: string): Promise<Visitor> => {
    const visitor = visitorAt(server.url);
    await visitor.get('/account/security');
    await visitor.follow('a[href$="/code"]');
    await visitor.submitForm('form[action$="/code"]', { identifier: email });
    const code = await codeFor(server.connected, email);
    await visitor.submitForm('form[action*="/confirm/"]', { code });
    return visitor;
  };
  const templatesTo = async (email: string): Promise<readonly string[]> =>
    (await readMessages(server.connected)).flatMap((mail) =>
      mail?.to === email ? [mail.template] : [],
    );

  it('is set by a button on the security page, without a current one', async () => {
    const email = 'codes-only@example.org';
    const visitor = await registerByCode(email);
    expect(visitor.page.url.pathname).to.equal('/account/security');
    await visitor.follow('main a[href="/account/security/password"]');
    expect(visitor.page.document.querySelector('input[name=currentPassword]')).to.equal(null);
    const form = 'form[action$="/password"]';
    await visitor.submitForm(form, { newPassword: 'password password' });
    expect([visitor.page.status, visitor.page.text.includes('Too easy to guess')]).to.deep.equal([
      422,
      true,
    ]);
    await visitor.submitForm(form, { newPassword: PASSWORD });
    expect(visitor.page.text).to.include('Your password is set');
    const other = visitorAt(server.url);
    await other.get('/account');
    await other.submitForm('form[action$="/sign-in"]', { identifier: email, password: PASSWORD });
    expect(other.page.url.pathname).to.equal('/account');
    expect(await templatesTo(email)).to.deep.equal([
      'sign-in-code',
      'welcome',
      'password-set',
      'new-device',
    ]);
  });

  it('needs a fresh proof of identity, and replaces no password', async () => {
    const visitor = await registerByCode('api-only@example.org');
    const put = (body: object) =>
      callApi(visitor, 'PUT', `${server.url}/api/v1/account/password`, body);
    clock.advance(3_600);
    const stale = await put({ newPassword: PASSWORD });
    expect([stale.status, await stale.json()]).to.have.nested.property(
      '[1].code',
      'fresh_sign_in_required',
    );
    clock.set(new Date());
    expect((await put({ newPassword: PASSWORD })).status).to.equal(204);
    const again = await put({ newPassword: 'seven herons count the evening trains' });
    expect(again.status).to.equal(409);
    expect(await again.json()).to.have.property('code', 'password_exists');
  });

  it('has the address that password managers look for', async () => {
    const answer = await fetch(`${server.url}/.well-known/change-password`, { redirect: 'manual' });
    expect(answer.status).to.equal(303);
    expect(answer.headers.get('location')).to.equal('/account/security/password');
  });
});
