import { expect } from 'chai';
import * as oauth from 'openid-client';

import { settableClock, type SettableClock } from '../../support/clock.ts';
import { expectRefusal } from '../../support/http/oauth-refusal.ts';
import { seenText } from '../../support/http/html-form.ts';
import { maskAnswer } from '../../support/http/masked-answer.ts';
import { createPerson, signIn, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import { startSmtp, type MailCatcher } from '../../support/servers/smtp.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../../support/people/third-party-app.ts';
import type { VisitedPage, Visitor } from '../../support/people/visitor.ts';

const WRONG = 'not the password of anybody';
const KINDS = ['known', 'unknown', 'unconfirmed', 'blocked'] as const;
type Kind = (typeof KINDS)[number];

describe('Signing in', () => {
  let clock: SettableClock;
  let mail: MailCatcher;
  let server: TestServer;
  let owner: TestPerson;
  let app: ThirdPartyApp;
  let counter = 0;

  before(async () => {
    clock = settableClock(new Date());
    mail = await startSmtp();
    server = await startTestServer({
      clock,
      config: { mail: { smtpUrl: mail.url, from: 'Consentry <no-reply@consentry.example>' } },
    });
    owner = await createPerson(server.connected);
    app = await registerThirdPartyApp(server, owner.accountId);
  });
  after(async () => {
    await server?.stop();
    await mail?.stop();
  });

  /** A new address of that kind; all addresses have the same length. */
  async function addressOf(kind: Kind): Promise<string> {
    counter += 1;
    const email = `visitor0${String(1000 + counter)}@example.org`;
    const { connected } = server;
    if (kind === 'unconfirmed') {
      const visitor = await atSignIn();
      await visitor.follow('a[href$="/register"]');
      await visitor.submitForm('form[action$="/register"]', { email, password: owner.password });
    }
    if (kind === 'known' || kind === 'blocked') {
      const { accountId } = await createPerson(connected, { email });
      if (kind === 'blocked') {
        await connected.db.transaction((tx) =>
          connected.accounts.setStatus(tx, { accountId, status: 'blocked', reason: 'a test' }),
        );
      }
    }
    return email;
  }

  async function atSignIn(): Promise<Visitor> {
    const visitor = visitorAt(server.url);
    await app.begin(visitor);
    return visitor;
  }

  /** Expects the same response for each kind of address, so that accounts cannot be enumerated. */
  async function expectAlike(
    visit: (visitor: Visitor, email: string) => Promise<VisitedPage>,
  ): Promise<string> {
    const answers = new Map<Kind, string>();
    for (const kind of KINDS) {
      const email = await addressOf(kind);
      // Past the minute in which no second code is sent to an address.
      clock.advance(61);
      answers.set(kind, maskAnswer(await visit(await atSignIn(), email), email));
    }
    const [expected = ''] = answers.values();
    for (const [kind, answer] of answers) expect(answer, kind).to.equal(expected);
    return expected;
  }

  const tryPassword = (visitor: Visitor, email: string, password: string): Promise<VisitedPage> =>
    visitor.submitForm('form[action$="/sign-in"]', { identifier: email, password });

  describe('does not reveal whether an address has an account', () => {
    it('with a wrong password', async () => {
      const answer = await expectAlike((visitor, email) => tryPassword(visitor, email, WRONG));
      expect(answer).to.match(/^422 /);
      expect(seenText(answer)).to.contain('That e-mail and password');
    });

    it('after many wrong passwords and a lock', async () => {
      const answer = await expectAlike(async (visitor, email) => {
        for (let turn = 0; turn < 5; turn += 1) await tryPassword(visitor, email, WRONG);
        return tryPassword(visitor, email, WRONG);
      });
      expect(answer).to.match(/^429 /);
    });

    it('with a registration', async () => {
      const answer = await expectAlike(async (visitor, email) => {
        await visitor.follow('a[href$="/register"]');
        return visitor.submitForm('form[action$="/register"]', {
          email,
          password: 'a fine long password of mine',
        });
      });
      expect(answer).to.match(/^200 /).and.to.contain('name="code"');
    });

    it('with two registrations within a minute', async () => {
      const register = async (visitor: Visitor, email: string): Promise<VisitedPage> => {
        await visitor.get(visitor.page.url.href.replace(/(\/interaction\/[^/]+).*/, '$1/register'));
        return visitor.submitForm('form[action$="/register"]', {
          email,
          password: 'a fine long password of mine',
        });
      };
      await expectAlike(async (visitor, email) => {
        await register(visitor, email);
        return register(visitor, email);
      });
    });

    it('with a forgotten password or a wrong reset code', async () => {
      const forget = async (visitor: Visitor, email: string): Promise<VisitedPage> => {
        await visitor.follow('a[href$="/forgot"]');
        return visitor.submitForm('form[action$="/forgot"]', { identifier: email });
      };
      const answer = await expectAlike(forget);
      expect(answer).to.match(/^200 /).and.to.contain('name="newPassword"');
      await expectAlike(async (visitor, email) => {
        await forget(visitor, email);
        return visitor.submitForm('form[action*="/reset/"]', {
          code: '000000',
          newPassword: 'a fine long password of mine',
        });
      });
    });
  });

  describe('after many wrong passwords', () => {
    it('is refused with the right one until the lock ends', async () => {
      const email = await addressOf('known');
      const visitor = await atSignIn();
      for (let turn = 0; turn < 6; turn += 1) await tryPassword(visitor, email, WRONG);
      await tryPassword(visitor, email, owner.password);
      expect(visitor.page.status).to.equal(429);
      expect(Number(visitor.page.headers.get('retry-after'))).to.be.above(0);
      clock.advance(900);
      await tryPassword(visitor, email, owner.password);
      expect(visitor.page.status).to.equal(200);
      expect(visitor.page.document.querySelector('button[value=allow]')).not.to.equal(null);
    });

    it('still succeeds in a browser that the person has used before', async () => {
      const email = await addressOf('known');
      const home = await atSignIn();
      await tryPassword(home, email, owner.password);
      const attacker = await atSignIn();
      for (let turn = 0; turn < 6; turn += 1) await tryPassword(attacker, email, WRONG);
      await app.begin(home, { prompt: 'login' });
      await tryPassword(home, email, owner.password);
      expect(home.page.status).to.equal(200);
      expect(home.page.document.querySelector('input[name=password]')).to.equal(null);
    });
  });

  it('gives the browser a new session, so that a planted session cookie is refused', async () => {
    const victim = await atSignIn();
    const url = new URL(server.url);
    const planted = victim.cookies.header(url);
    const before = victim.cookies.list(url).get('consentry-session');
    await tryPassword(victim, owner.email, owner.password);
    expect(victim.cookies.list(url).get('consentry-session')).to.be.a('string').not.equal(before);
    const attacker = await fetch(`${server.url}/api/v1/account`, { headers: { cookie: planted } });
    expect(attacker.status).to.equal(401);
  });

  it('replaces the session when another person signs in', async () => {
    const visitor = await atSignIn();
    await tryPassword(visitor, owner.email, owner.password);
    const old = visitor.cookies.header(new URL(server.url));
    const other = await createPerson(server.connected);
    await app.begin(visitor, { prompt: 'login' });
    await signIn(visitor, other);
    const answer = await fetch(`${server.url}/api/v1/account`, { headers: { cookie: old } });
    if (answer.status === 200)
      expect(await answer.json()).not.to.have.property('id', other.accountId);
    else expect(answer.status).to.equal(401);
  });

  describe('started in one browser cannot be finished in another', () => {
    it('with a copied address, whether or not a sign-in is in progress there', async () => {
      const attacker = await atSignIn();
      for (const victim of [visitorAt(server.url), await atSignIn()]) {
        await victim.get(attacker.page.url);
        expect(victim.page.status).to.equal(410);
        expect(victim.page.document.querySelector('input[name=password]')).to.equal(null);
      }
    });

    it('with a copied form', async () => {
      const attacker = await atSignIn();
      const victim = await atSignIn();
      const token = victim.page.document.querySelector('input[name=_csrf]')?.getAttribute('value');
      const answer = await victim.request(`${attacker.page.url.href}/sign-in`, {
        method: 'POST',
        body: new URLSearchParams({
          _csrf: token ?? '',
          identifier: owner.email,
          password: owner.password,
        }),
      });
      expect(answer.status).to.equal(410);
      expect(answer.headers.get('location')).to.equal(null);
    });
  });

  it('with a forgotten password ends every earlier session and token', async () => {
    const email = await addressOf('known');
    const visitor = await atSignIn();
    const attempt = await app.begin(visitor, {
      scope: 'openid profile offline_access',
      prompt: 'consent',
    });
    await tryPassword(visitor, email, owner.password);
    await visitor.submitForm('button[value=allow]');
    const tokens = await attempt.finish();

    const elsewhere = await atSignIn();
    await elsewhere.follow('a[href$="/forgot"]');
    await elsewhere.submitForm('form[action$="/forgot"]', { identifier: email });
    const { subject } = await mail.waitFor(
      (found) => found.to === email && /\d{6}/.test(found.subject),
    );
    const newPassword = 'brand new words for the door';
    await elsewhere.submitForm('form[action*="/reset/"]', {
      code: /\d{6}/.exec(subject)?.[0] ?? '',
      newPassword,
    });
    expect(elsewhere.page.url.pathname).to.match(/\/sign-in$/);

    const session = await visitor.request(`${server.url}/api/v1/account`);
    expect(session.status).to.equal(401);
    await expectRefusal(
      oauth.fetchUserInfo(app.config, tokens.access_token, oauth.skipSubjectCheck),
      'invalid_token',
    );
    await expectRefusal(
      oauth.refreshTokenGrant(app.config, tokens.refresh_token ?? ''),
      'invalid_grant',
    );
    const again = await atSignIn();
    await tryPassword(again, email, owner.password);
    expect(again.page.status, 'the old password').to.equal(422);
    await tryPassword(elsewhere, email, newPassword);
    expect(elsewhere.page.status, 'the new password').to.equal(200);
    const notice = await mail.waitFor(
      (found) => found.to === email && !/\d{6}/.test(found.subject),
    );
    expect(notice.subject).to.match(/password/i);
  });
});
