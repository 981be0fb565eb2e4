import { expect } from 'chai';

import { signAgain } from './forged-hint.ts';
import { connectApp } from '../../support/people/connect-app.ts';
import { createPerson, visitorAt, type TestPerson } from '../../support/people/people.ts';
import {
  APP_ORIGIN,
  registerThirdPartyApp,
  type ThirdPartyApp,
} from '../../support/people/third-party-app.ts';
import type { VisitedPage, Visitor } from '../../support/people/visitor.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';

const HOME = 'https://bookshop.example/';
const BACK = `${APP_ORIGIN}/`;

describe('A sign-out request of an app', function () {
  this.timeout(30_000);
  let server: TestServer;
  let ana: TestPerson;
  let app: ThirdPartyApp;
  let other: ThirdPartyApp;
  let visitor: Visitor;
  let hint: string;

  before(async () => {
    server = await startTestServer();
    ana = await createPerson(server.connected);
    app = await registerThirdPartyApp(server, ana.accountId, { clientUri: HOME });
    other = await registerThirdPartyApp(server, ana.accountId, { name: 'Radio' });
  });
  beforeEach(async () => {
    visitor = visitorAt(server.url);
    hint = (await connectApp({ visitor, app, person: ana })).id_token ?? '';
  });
  after(() => server?.stop());

  const request = (parameters: Record<string, string>): Promise<VisitedPage> =>
    visitor.get(`${server.url}/session/end?${new URLSearchParams(parameters).toString()}`);
  const confirm = () => visitor.submitForm('button[name=logout]');
  const isSignedIn = async (): Promise<boolean> =>
    (await visitor.request(`${server.url}/api/v1/account`)).status === 200;
  const links = (): (string | undefined)[] =>
    visitor.page.document.querySelectorAll('main a.button').map((a) => a.getAttribute('href'));

  /** The person has to confirm: no parameter alone ends the session (O-11). */
  async function expectQuestion(): Promise<void> {
    expect(visitor.page.status).to.equal(200);
    expect(visitor.page.document.querySelector('button[name=logout]')).not.to.equal(null);
    expect(await isSignedIn()).to.equal(true);
  }

  it('with a valid hint is confirmed by the person and leads back with the state (O-11)', async () => {
    await request({ id_token_hint: hint, post_logout_redirect_uri: BACK, state: 'a b&c' });
    await expectQuestion();
    const { url } = await confirm();
    expect(url.href.startsWith(BACK)).to.equal(true);
    expect([...url.searchParams]).to.deep.equal([['state', 'a b&c']]);
    expect(await isSignedIn()).to.equal(false);
  });

  it('with an expired hint is accepted like a valid one', async () => {
    const expired = await signAgain(server, hint, { exp: 1_000_000 });
    await request({ id_token_hint: expired, post_logout_redirect_uri: BACK });
    await expectQuestion();
    expect((await confirm()).url.href).to.equal(BACK);
  });

  it('without a hint has to be confirmed, also with a registered address (O-11)', async () => {
    await request({ client_id: app.clientId, post_logout_redirect_uri: BACK });
    await expectQuestion();
    expect((await confirm()).url.href).to.equal(BACK);
  });

  it('without any parameter has to be confirmed, and ends on a page with a way on', async () => {
    await request({});
    await expectQuestion();
    await confirm();
    expect(links()).to.deep.equal(['/']);
    expect(await isSignedIn()).to.equal(false);
  });

  it('without an address ends on a page that leads back to the app', async () => {
    await request({ id_token_hint: hint });
    await confirm();
    expect(links()).to.deep.equal([HOME, '/']);
    expect(await isSignedIn()).to.equal(false);
  });

  it('is followed by the app when the person stays signed in', async () => {
    await request({ id_token_hint: hint, post_logout_redirect_uri: BACK });
    expect((await visitor.submitForm('button:not([name])')).url.href).to.equal(BACK);
    expect(await isSignedIn()).to.equal(true);
  });

  it('for another account than the one that is signed in shows that to the person, and has to be confirmed', async () => {
    const ben = await createPerson(server.connected);
    visitor = visitorAt(server.url);
    await connectApp({ visitor, app, person: ben });
    await request({ id_token_hint: hint, post_logout_redirect_uri: BACK });
    await expectQuestion();
    expect(visitor.page.text).to.include('another account');
    expect((await visitor.submitForm('button:not([name])')).url.href).to.equal(BACK);
    expect(await isSignedIn()).to.equal(true);
  });

  it('leads straight back when the person is signed out already', async () => {
    await request({});
    await confirm();
    await request({ id_token_hint: hint, post_logout_redirect_uri: BACK, state: 'x' });
    expect(visitor.page.url.href).to.equal(`${BACK}?state=x`);
    await request({ id_token_hint: hint });
    expect(visitor.page.status).to.equal(200);
    expect(links()).to.deep.equal([HOME, '/']);
  });

  const REFUSED: Readonly<Record<string, () => Promise<Record<string, string>>>> = {
    'an address that is not registered': async () => ({
      id_token_hint: hint,
      post_logout_redirect_uri: `${BACK}other`,
    }),
    'the registered address with a parameter': async () => ({
      client_id: app.clientId,
      post_logout_redirect_uri: `${BACK}?next=evil`,
    }),
    'a hint of a key that does not exist': async () => ({
      id_token_hint: await signAgain(null, hint, {}),
    }),
    'a hint that was changed': async () => ({ id_token_hint: `${hint.slice(0, -6)}AAAAAA` }),
    'a hint for another app': async () => ({
      client_id: app.clientId,
      id_token_hint: await ofOther(),
    }),
  };
  const ofOther = async (): Promise<string> =>
    (await connectApp({ visitor: visitorAt(server.url), app: other, person: ana })).id_token ?? '';

  for (const [what, parametersOf] of Object.entries(REFUSED)) {
    it(`with ${what} ends no session, and the person can sign out or go to the app (O-11)`, async () => {
      const parameters = await parametersOf();
      await request(parameters);
      expect(visitor.page.status).to.equal(400);
      expect(await isSignedIn()).to.equal(true);
      expect(links()).to.deep.equal([`/session/end?client_id=${app.clientId}`, HOME]);
      await visitor.follow('main a.button-primary');
      await confirm();
      expect(await isSignedIn()).to.equal(false);
      expect(links()).to.deep.equal([HOME, '/']);

      await request(parameters);
      expect(visitor.page.status).to.equal(400);
      expect(visitor.page.text).to.include('You are signed out here');
      expect(links()).to.deep.equal([HOME]);
    });
  }

  for (const [what, parameters] of Object.entries({
    'a hint that is no token': { id_token_hint: 'nonsense' },
    'an app that does not exist': { client_id: 'app_nobody' },
  })) {
    it(`with ${what} leads to the start page`, async () => {
      await request(parameters);
      expect(visitor.page.status).to.equal(400);
      expect(links()).to.deep.equal(['/session/end', '/']);
      expect(await isSignedIn()).to.equal(true);
    });
  }

  it('of an app without a home page leads to the start page', async () => {
    await request({ client_id: other.clientId, post_logout_redirect_uri: 'https://evil.example/' });
    expect(links()).to.deep.equal([`/session/end?client_id=${other.clientId}`, '/']);
    expect(visitor.page.document.querySelector('a[href*="evil.example"]')).to.equal(null);
  });

  it('is answered in the language of the person', async () => {
    await request({
      client_id: app.clientId,
      post_logout_redirect_uri: 'https://x.example/',
      ui_locales: 'ru',
    });
    expect(visitor.page.document.querySelector('html')?.getAttribute('lang')).to.equal('ru');
    expect(visitor.page.text).to.include('Выйти здесь?');
  });
});
