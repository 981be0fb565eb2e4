import { expect } from 'chai';

import { createPerson, signIn, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';

const SESSION = 'consentry-session';

describe('Cookies that another person has planted in a browser', () => {
  let server: TestServer;
  let ana: TestPerson;
  let mallory: TestPerson;
  let app: ThirdPartyApp;

  before(async () => {
    server = await startTestServer();
    ana = await createPerson(server.connected);
    mallory = await createPerson(server.connected);
    app = await registerThirdPartyApp(server, ana.accountId);
  });
  after(() => server?.stop());

  const cookiesOf = (visitor: Visitor) =>
    visitor.cookies.list(new URL(`${server.url}/interaction/x`));
  /** Copies every cookie of the server from one browser to another. */
  const plant = (from: Visitor, to: Visitor): void => {
    const lines = [...cookiesOf(from)].map(([name, value]): [string, string] => [
      'set-cookie',
      `${name}=${value}; path=/`,
    ]);
    to.cookies.store(new URL(server.url), new Response(null, { headers: new Headers(lines) }));
  };
  const accountAt = async (visitor: Visitor): Promise<unknown> => {
    const answer = await visitor.request(`${server.url}/api/v1/account`);
    return answer.status === 200 ? ((await answer.json()) as { id: string }).id : null;
  };

  it('do not sign their owner in: the session gets another value at the sign-in (X-01, 7.2.4)', async () => {
    const attacker = visitorAt(server.url);
    const planted = 'planted-session-id-0123456789abcdef';
    const line = `${SESSION}=${planted}; path=/`;
    attacker.cookies.store(
      new URL(server.url),
      new Response(null, { headers: { 'set-cookie': line } }),
    );
    await app.begin(attacker);
    const victim = visitorAt(server.url);
    plant(attacker, victim);
    const before = cookiesOf(victim);
    await app.begin(victim);
    await signIn(victim, ana);
    const after = cookiesOf(victim);
    expect(after.get(SESSION)).to.be.a('string').and.not.equal(planted);
    expect(after.get(SESSION)).not.to.equal(before.get(SESSION));
    expect([await accountAt(victim), await accountAt(attacker)]).to.deep.equal([
      ana.accountId,
      null,
    ]);
  });

  it('of a session of their own do not receive the session of the next person (X-01)', async () => {
    const attacker = visitorAt(server.url);
    await attacker.get('/account');
    await signIn(attacker, mallory);
    const victim = visitorAt(server.url);
    plant(attacker, victim);
    await app.begin(victim, { prompt: 'login' });
    await signIn(victim, ana);
    // A script presses this button.
    expect(victim.page.text).to.include('Switching accounts');
    await victim.submitForm('form');
    expect(cookiesOf(victim).get(SESSION)).not.to.equal(cookiesOf(attacker).get(SESSION));
    expect(await accountAt(victim)).to.equal(ana.accountId);
    expect(await accountAt(attacker)).not.to.equal(ana.accountId);
  });

  it('are needed for an unfinished sign-in: its address alone leads nowhere (X-01)', async () => {
    const attacker = visitorAt(server.url);
    await app.begin(attacker);
    const { pathname } = attacker.page.url;
    expect(pathname).to.match(/^\/interaction\//);
    const victim = visitorAt(server.url);
    const page = await victim.get(`${server.url}${pathname}`);
    expect(page.document.querySelector('input[name=password]')).to.equal(null);
    expect(page.document.querySelector('form[action$="/sign-in"]')).to.equal(null);
  });

  it('never have the value of a session that stands in an address (X-05)', async () => {
    const visitor = visitorAt(server.url);
    await visitor.get('/account/sessions');
    const { trail } = visitor.page;
    await signIn(visitor, ana);
    const id = cookiesOf(visitor).get(SESSION) ?? '';
    expect(id).to.match(/^[\w-]{20,}$/);
    const addresses = [...trail, ...visitor.page.trail].map(({ href }) => href);
    expect(addresses.filter((href) => href.includes(id))).to.deep.equal([]);
  });
});

describe('New cookie keys', () => {
  const OLD = 'old-cookie-key-0123456789abcdef0123456789';
  const NEW = 'new-cookie-key-0123456789abcdef0123456789';
  let first: TestServer;

  before(async () => {
    first = await startTestServer({ config: { secrets: { cookieKeys: [OLD] } } });
  });
  after(() => first?.stop());

  it('keep people signed in while the old one is listed, and sign their cookies again (X-05)', async () => {
    const ana = await createPerson(first.connected);
    const app = await registerThirdPartyApp(first, ana.accountId);
    const visitor = visitorAt(first.url);
    await visitor.get('/account/sessions');
    await signIn(visitor, ana);
    // Its port is used by the servers that follow.
    await new Promise<void>((resolve) => {
      first.server.close(() => resolve());
      first.server.closeAllConnections();
    });
    const isSignedInWith = async (cookieKeys: readonly string[]): Promise<boolean> => {
      const { port, issuer } = first.config;
      const server = await startTestServer({
        databaseUrl: first.databaseUrl,
        config: { port, issuer, secrets: { cookieKeys } },
      });
      try {
        const answer = await visitor.request(`${first.url}/api/v1/account`);
        if (answer.status === 200) await app.begin(visitor, { prompt: 'none' });
        return answer.status === 200;
      } finally {
        await server.stop();
      }
    };
    expect(await isSignedInWith([NEW, OLD])).to.equal(true);
    expect(await isSignedInWith([NEW])).to.equal(true);
    expect(await isSignedInWith(['other-cookie-key-0123456789abcdef01234567'])).to.equal(false);
  });
});
