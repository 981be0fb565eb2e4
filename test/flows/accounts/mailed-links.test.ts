import { expect } from 'chai';

import { settableClock, type SettableClock } from '../../support/clock.ts';
import { createPerson, PASSWORD, visitorAt } from '../../support/people/people.ts';
import { readMessages } from '../../support/people/sent-messages.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import type { Visitor } from '../../support/people/visitor.ts';

const CHOSEN = 'seven herons count the evening trains';

// A link proves control of the address. It does not prove that the reader started the request.
describe('A mailed link', () => {
  let server: TestServer;
  let clock: SettableClock;
  before(async () => {
    clock = settableClock(new Date());
    server = await startTestServer({ clock });
  });
  after(() => server?.stop());

  const linkTo = async (email: string): Promise<string> => {
    const links = (await readMessages(server.connected)).flatMap((mail) =>
      mail?.to === email && 'link' in mail.values ? [String(mail.values['link'])] : [],
    );
    return `/confirm/${links.at(-1) ?? 'none'}`;
  };
  const begin = async (step?: 'register' | 'forgot' | 'code') => {
    const visitor = visitorAt(server.url);
    const page = await visitor.get('/account');
    const uid = /\/interaction\/([^/?]+)/.exec(page.url.pathname)?.[1] ?? '';
    if (step !== undefined) await visitor.get(`/interaction/${uid}/${step}`);
    return visitor;
  };
  const signsIn = async (email: string, password: string): Promise<boolean> => {
    const visitor = await begin();
    const form = 'form[action$="/sign-in"]';
    const page = await visitor.submitForm(form, { identifier: email, password });
    return page.url.pathname === '/account';
  };
  const isSignedIn = async (visitor: Visitor): Promise<boolean> =>
    (await visitor.get('/account')).url.pathname === '/account';
  const code = 'form[action$="/code"]';

  it('does not confirm an account that another browser registered, without a new password', async () => {
    const email = 'victim@example.org';
    const attacker = await begin('register');
    const typed = { email, name: 'Mallory', password: PASSWORD };
    await attacker.submitForm('form[action$="/register"]', typed);
    const link = await linkTo(email);

    const victim = visitorAt(server.url);
    await victim.request(link, { method: 'HEAD' });
    const page = await victim.get(link);
    expect(page.text).to.include('started an account with this address in another browser');
    expect(await signsIn(email, PASSWORD)).to.equal(false);
    const press = `form[action="${link}"]`;
    const without = await victim.submitForm(press, { newPassword: null });
    expect(without.status).to.equal(422);
    const weak = await victim.submitForm(press, { newPassword: 'short' });
    expect(weak.status).to.equal(422);
    expect(weak.text).to.include('Use at least 15 characters');
    expect((await victim.submitForm(press, { newPassword: CHOSEN })).text).to.include('Confirmed');
    expect(await signsIn(email, PASSWORD)).to.equal(false);
    expect(await signsIn(email, CHOSEN)).to.equal(true);
    const again = await victim.get(link);
    expect([again.status, again.document.querySelectorAll('main form').length]).to.deep.equal([
      200, 0,
    ]);
  });

  it('confirms a registration by one button in the browser that started it, and signs in there', async () => {
    const email = 'newcomer@example.org';
    const visitor = await begin('register');
    const typed = { email, name: 'Ana', password: PASSWORD };
    await visitor.submitForm('form[action$="/register"]', typed);
    const link = await linkTo(email);
    const page = await visitor.get(link);
    expect(page.document.querySelector('input[type=password]')).to.equal(null);
    expect((await visitor.submitForm('form[action$="/link"]')).url.pathname).to.equal('/account');
    expect(await signsIn(email, PASSWORD)).to.equal(true);
  });

  it('continues a sign-in and a password reset only in the browser that started them', async () => {
    const email = 'codes-only@example.org';
    const first = await begin('code');
    await first.submitForm(code, { identifier: email });
    const link = await linkTo(email);
    const elsewhere = visitorAt(server.url);
    const refused = await elsewhere.get(link);
    expect([refused.status, refused.document.querySelectorAll('main form').length]).to.deep.equal([
      403, 0,
    ]);
    await first.request(link, { method: 'HEAD' });
    await first.get(link);
    expect(await isSignedIn(await begin())).to.equal(false);
    await first.get(link);
    const arrived = await first.submitForm('form[action$="/link"]');
    expect(arrived.status).to.equal(200);
    expect(await isSignedIn(first)).to.equal(true);

    const person = await createPerson(server.connected, { email: 'forgetful@example.org' });
    const forgetful = await begin('forgot');
    await forgetful.submitForm('form[action$="/forgot"]', { identifier: person.email });
    const reset = await linkTo(person.email);
    expect((await visitorAt(server.url).get(reset)).status).to.equal(403);
    await forgetful.get(reset);
    const form = `form[action="${reset}"]`;
    expect((await forgetful.submitForm(form, { newPassword: 'short' })).status).to.equal(422);
    const done = await forgetful.submitForm(form, { newPassword: CHOSEN });
    expect(done.text).to.include('Your password has been changed');
    expect(await signsIn(person.email, CHOSEN)).to.equal(true);
    expect(await signsIn(person.email, PASSWORD)).to.equal(false);
  });

  it('signs in while wrong guesses of others have locked the codes of the address', async () => {
    const email = 'locked@example.org';
    const { authentication } = server.connected;
    const request = { locale: 'en', ip: '192.0.2.9', deviceId: 'another device' };
    for (let flow = 0; flow < 4; flow += 1) {
      const { registrationId } = await authentication.requestSignInCode({
        ...request,
        identifier: email,
      });
      for (let turn = 0; turn < 3; turn += 1) {
        const guess = { ...request, registrationId, code: '1234567' };
        await authentication.confirmRegistration(guess).catch(() => undefined);
      }
      clock.advance(61);
    }
    const visitor = await begin('code');
    await visitor.submitForm(code, { identifier: email });
    const link = await linkTo(email);
    const page = await visitor.submitForm('form[action*="/confirm/"]', { code: '000000' });
    expect(page.text).to.include('The link in the e-mail works now');
    await visitor.get(link);
    await visitor.submitForm('form[action$="/link"]');
    expect(await isSignedIn(visitor)).to.equal(true);
  });
});
