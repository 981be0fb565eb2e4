import { expect } from 'chai';

import { settableClock, type SettableClock } from '../../support/clock.ts';
import { answerConsent } from '../../support/people/connect-app.ts';
import { signedInVisitor } from '../../support/people/console-visitor.ts';
import { createPerson, signIn, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';
import { totpCode, wrongTotpCode } from '../../authentication/second-step-scene.ts';

const TWO_STEP = 'urn:consentry:acr:two-step';

/** Turns the second step on through the pages. @returns the key and the recovery codes that the pages show. */
async function turnOn(visitor: Visitor, now: () => Date) {
  await visitor.get('/account/security/authenticator');
  const key = visitor.page.document.querySelector('.copy-line code')?.text ?? '';
  const secret = key.replaceAll(' ', '');
  const before = new Date(now().getTime() - 30_000);
  await visitor.submitForm('form[action$="/authenticator"]', { code: totpCode(secret, before) });
  const list = visitor.page.document.querySelector('.copy-line pre')?.text ?? '';
  return { secret, recoveryCodes: list.trim().split('\n') };
}

describe('The second step of a sign-in, on the pages', () => {
  let server: TestServer;
  let clock: SettableClock;
  let app: ThirdPartyApp;
  let person: TestPerson;
  let secret: string;
  let recoveryCodes: readonly string[];

  before(async () => {
    clock = settableClock(new Date());
    server = await startTestServer({ clock });
    person = await createPerson(server.connected);
    app = await registerThirdPartyApp(server, person.accountId);
    const visitor = await signedInVisitor(server.url, person);
    ({ secret, recoveryCodes } = await turnOn(visitor, () => clock.now()));
  });
  after(() => server?.stop());

  /** The present code, unused: each call moves the clock one step on. */
  const code = (): string => {
    clock.advance(30);
    return totpCode(secret, clock.now());
  };
  const enter = (visitor: Visitor, values: Record<string, string> = { code: code() }) =>
    visitor.submitForm('form[action*="/second-step/"]', values);
  async function halfSignedIn(): Promise<Visitor> {
    const visitor = visitorAt(server.url);
    await visitor.get('/account');
    await signIn(visitor, person);
    expect(visitor.page.url.pathname).to.match(/\/second-step\/code$/);
    return visitor;
  }

  it('is set up with a key that a reload keeps, a right code, and recovery codes that are shown until they are stored', async () => {
    const other = await createPerson(server.connected);
    const visitor = await signedInVisitor(server.url, other);
    const keyOf = async () => {
      await visitor.get('/account/security/authenticator');
      return visitor.page.document.querySelector('.copy-line code')?.text ?? '';
    };
    const key = await keyOf();
    expect(await keyOf()).to.equal(key);
    const shown = key.replaceAll(' ', '');
    const wrong = wrongTotpCode(shown, clock.now());
    await visitor.submitForm('form[action$="/authenticator"]', { code: wrong });
    expect(visitor.page.status).to.equal(422);
    expect(visitor.page.document.querySelector('.copy-line code')?.text).to.equal(key);
    await visitor.submitForm('form[action$="/authenticator"]', {
      code: totpCode(shown, clock.now()),
    });
    expect(visitor.page.url.pathname).to.equal('/account/security/recovery-codes');
    const codes = () => visitor.page.document.querySelector('.copy-line pre')?.text ?? '';
    const first = codes();
    expect(first.trim().split('\n')).to.have.length(10);
    await visitor.get('/account/security/recovery-codes');
    expect(codes()).to.equal(first);
    await visitor.submitForm('form[action$="/stored"]');
    expect(visitor.page.text).to.include('10 codes are left');
  });

  it('leads to the requested page after a right code; a wrong one can be reloaded', async () => {
    const visitor = await halfSignedIn();
    await enter(visitor, { code: wrongTotpCode(secret, clock.now()) });
    expect(visitor.page.status).to.equal(422);
    const again = await visitor.get(visitor.page.url);
    expect(again.text).to.include('This is not the code');
    await enter(visitor);
    expect(visitor.page.url.pathname).to.equal('/account');
  });

  it('opens nothing before it: no page, API, consent or code of an app (M-03)', async () => {
    const visitor = visitorAt(server.url);
    await app.begin(visitor, {});
    const uid = visitor.page.url.pathname.split('/')[2] ?? '';
    await signIn(visitor, person);
    expect(visitor.page.url.pathname).to.equal(`/interaction/${uid}/second-step/code`);
    const account = await visitor.request('/account');
    expect(account.status).to.equal(303);
    expect(account.headers.get('location')).to.match(/^\/auth\?/);
    expect((await visitor.request('/api/v1/account')).status).to.equal(401);
    for (const step of ['consent', 'add/email', 'username']) {
      const page = await visitor.request(`/interaction/${uid}/${step}`);
      expect(page.status, step).to.not.equal(200);
    }
    const resumed = await visitor.get(`/auth/${uid}`);
    expect(resumed.url.pathname).to.match(/^\/interaction\/[\w-]+$/);
    expect(resumed.document.querySelector('input[name=password]')).to.not.equal(null);
    const none = await app.begin(visitor, { prompt: 'none' });
    expect(none.answer().get('error')).to.equal('login_required');
  });

  it('cannot be continued in another interaction, or without its first step (M-03)', async () => {
    const visitor = await halfSignedIn();
    const [, , uid = ''] = visitor.page.url.pathname.split('/');
    const stranger = visitorAt(server.url);
    await stranger.get('/account');
    const [, , other = ''] = stranger.page.url.pathname.split('/');
    const bare = await stranger.get(`/interaction/${other}/second-step/code`);
    expect(bare.url.pathname).to.equal(`/interaction/${other}/sign-in`);
    const foreign = await stranger.get(`/interaction/${uid}/second-step/code`);
    expect(foreign.status).to.equal(410);
  });

  it('gives apps acr and amr of both steps', async () => {
    const visitor = visitorAt(server.url);
    const attempt = await app.begin(visitor, {});
    await signIn(visitor, person);
    await enter(visitor);
    await answerConsent({ visitor, app, person });
    const claims = (await attempt.finish()).claims();
    expect(claims).to.deep.include({ acr: TWO_STEP, amr: ['pwd', 'otp', 'mfa'] });
  });

  it('is skipped in a trusted browser, but not for an app that requests both steps, nor for a fresh proof', async () => {
    const visitor = await halfSignedIn();
    await enter(visitor, { code: code(), trust: 'browser' });
    const signOut = async () => {
      const { accountId } = person;
      const { db, sessions } = server.connected;
      await db.transaction((tx) => sessions.endAll(tx, { accountId }));
    };
    await signOut();
    await visitor.get('/account');
    await signIn(visitor, person);
    expect(visitor.page.url.pathname).to.equal('/account');
    // One factor is not enough to change how one signs in.
    await visitor.get('/account/security/authenticator/remove');
    expect(visitor.page.document.querySelector('input[name=password]')).to.not.equal(null);
    await signIn(visitor, person);
    expect(visitor.page.url.pathname).to.match(/\/second-step\/code$/);
    await enter(visitor);
    expect(visitor.page.url.pathname).to.equal('/account/security/authenticator/remove');
    await signOut();
    const attempt = await app.begin(visitor, { acr_values: TWO_STEP });
    await signIn(visitor, person);
    expect(visitor.page.url.pathname).to.match(/\/second-step\/code$/);
    await enter(visitor);
    await answerConsent({ visitor, app, person });
    expect((await attempt.finish()).claims()?.['acr']).to.equal(TWO_STEP);
  });

  it('is possible with a recovery code', async () => {
    const visitor = await halfSignedIn();
    await visitor.follow('a[href$="/second-step/recovery"]');
    await enter(visitor, { code: recoveryCodes[0] ?? '' });
    expect(visitor.page.url.pathname).to.equal('/account');
  });

  it('is removed with a fresh proof, and a sign-in then needs one step', async () => {
    const visitor = await halfSignedIn();
    await enter(visitor);
    await visitor.get('/account/security/authenticator/remove');
    await visitor.submitForm('form[action$="/remove"]');
    expect(visitor.page.text).to.include('The authenticator app is removed');
    const next = visitorAt(server.url);
    await next.get('/account');
    await signIn(next, person);
    expect(next.page.url.pathname).to.equal('/account');
  });
});

describe('The second step of a sign-in to an account that its owner deleted', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server?.stop());

  it('comes before the offer to restore it', async () => {
    const person = await createPerson(server.connected);
    const owner = await signedInVisitor(server.url, person);
    const { secret } = await turnOn(owner, () => new Date());
    await server.connected.deletions.delete({ accountId: person.accountId, locale: 'en' });
    const visitor = visitorAt(server.url);
    await visitor.get('/account');
    await signIn(visitor, person);
    expect(visitor.page.url.pathname).to.match(/\/second-step\/code$/);
    const code = totpCode(secret, new Date());
    await visitor.submitForm('form[action*="/second-step/"]', { code });
    expect(visitor.page.url.pathname).to.match(/\/restore$/);
    await visitor.submitForm('form[action$="/restore"]');
    expect(visitor.page.url.pathname).to.equal('/account');
  });
});
