import { expect } from 'chai';

import { createPerson, type TestPerson } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import type { Visitor } from '../support/people/visitor.ts';
import { waitFor } from '../support/wait-for.ts';
import { browserAt, FOLDER, type GatewaySite, START, startGateway } from './gateway-scene.ts';

const WITHIN_MS = 1_000;

describe('A site behind a gateway', function () {
  this.timeout(60_000);
  let server: TestServer;
  let site: GatewaySite;
  let ana: TestPerson;

  before(async () => {
    server = await startTestServer();
    site = await startGateway(server);
    ana = await createPerson(server.connected, { values: { name: ['Ana Петрова'] } });
  });
  after(async () => {
    await site?.stop();
    await server?.stop();
  });

  const isOpen = async (visitor: Visitor): Promise<boolean> =>
    (await visitor.request(`${site.url}/wiki`)).status === 200;
  const enter = async (person = ana): Promise<Visitor> => {
    const visitor = browserAt(site);
    await site.enter(visitor, person);
    expect(visitor.page.url.href).to.equal(`${site.url}${START}`);
    return visitor;
  };
  const expectClosed = async (visitor: Visitor): Promise<void> => {
    await waitFor('the site to be closed', async () => !(await isOpen(visitor)), WITHIN_MS);
  };
  const expectStopped = (visitor: Visitor, reason: string): void => {
    const query = new URLSearchParams({ app: site.clientId, reason }).toString();
    expect(visitor.page.url.href).to.equal(`${server.url}/gateway/stopped?${query}`);
    expect(visitor.page.status).to.equal(200);
  };
  const seenBy = (visitor: Visitor) => JSON.parse(visitor.page.body) as Record<string, string>;

  it('opens after sign-in and consent, at the page that the person wanted', async () => {
    const visitor = await enter();
    const seen = seenBy(visitor);
    expect(seen).to.include({
      'consentry-subject': ana.accountId,
      'consentry-client': site.clientId,
      'consentry-scope': 'openid',
      'consentry-acr': 'urn:consentry:acr:one-factor',
    });
    expect(Number(seen['consentry-auth-time'])).to.be.closeTo(Date.now() / 1000, 60);
    expect(seen).to.include({ 'consentry-email': '', 'consentry-name': '', 'consentry-roles': '' });
    expect(await isOpen(visitor)).to.equal(true);
  });

  it('has a sign-in for each gateway, with the pairwise subject of that gateway', async () => {
    const other = await startGateway(server, { name: 'Board', subjectType: 'pairwise' });
    const visitor = await enter();
    await other.enter(visitor, ana);
    expect(seenBy(visitor)['consentry-subject']).to.be.a('string').not.equal(ana.accountId);
    const cookies = visitor.cookies.header(new URL(other.url));
    const answer = await fetch(`${server.url}/verify`, {
      headers: { ...site.identity, cookie: cookies },
    });
    expect(answer.status, 'the cookie of the other gateway').to.equal(401);
    expect(await answer.json()).to.include({ access: false, code: 'unauthenticated' });
    await other.stop();
  });

  const ends: readonly (readonly [string, (person: TestPerson) => Promise<unknown>])[] = [
    [
      'the person withdraws the consent',
      ({ accountId }) => server.connected.consents.withdraw({ accountId, clientId: site.clientId }),
    ],
    [
      'the person signs out everywhere',
      ({ accountId }) => server.connected.accounts.signOutEverywhere({ accountId }),
    ],
    [
      'the session at the server ends',
      async ({ accountId }) => {
        const [session] = await server.connected.sessions.list(accountId);
        await server.connected.sessions.end({ accountId, sessionUid: session?.uid ?? '' });
      },
    ],
    [
      'the session at the server expires',
      async ({ accountId }) => {
        const { db, feed, sessions } = server.connected;
        const [session] = await sessions.list(accountId);
        await db.transaction(async (tx) => {
          await tx.query({
            name: 'test-expire-session',
            text: `update sessions set expires_at = now() - interval '1 second' where account_id = $1`,
            values: [accountId],
          });
          await feed.publish(tx, 'session', session?.uid ?? '');
        });
      },
    ],
    [
      'the account is blocked',
      ({ accountId }) =>
        server.connected.accounts.setStatus(server.connected.db, {
          accountId,
          status: 'blocked',
          reason: 'abuse',
          actorId: accountId,
        }),
    ],
  ];
  for (const [title, end] of ends) {
    it(`closes within a second after ${title} (K-03)`, async () => {
      const person = await createPerson(server.connected);
      const visitor = await enter(person);
      expect(await isOpen(visitor)).to.equal(true);
      await end(person);
      await expectClosed(visitor);
    });
  }

  it('closes only in the browser whose session ends', async () => {
    const person = await createPerson(server.connected);
    const { accountId } = person;
    const first = await enter(person);
    const before = await server.connected.sessions.list(accountId);
    const second = await enter(person);
    await server.connected.sessions.end({ accountId, sessionUid: before[0]?.uid ?? '' });
    await expectClosed(first);
    expect(await isOpen(second)).to.equal(true);
  });

  it('stays closed to a person who refuses, and explains that at the server', async () => {
    const person = await createPerson(server.connected);
    const visitor = browserAt(site);
    await visitor.get(`${site.url}/wiki`);
    await visitor.submitForm('form[action$="/sign-in"]', {
      identifier: person.email,
      password: person.password,
    });
    expect(await isOpen(visitor), 'before the decision').to.equal(false);
    await visitor.submitForm('button[value=deny]');
    expectStopped(visitor, 'refused');
    expect(visitor.page.text).to.contain('Nothing was shared.');
    expect(visitor.page.document.querySelector(`a[href="${site.url}/"]`)).to.not.equal(null);
    expect(await isOpen(visitor)).to.equal(false);
  });

  it('does not accept a sign-in that another browser started (X-02)', async () => {
    const attacker = browserAt(site);
    await attacker.get(`${site.url}/wiki`);
    await attacker.submitForm('form[action$="/sign-in"]', {
      identifier: ana.email,
      password: ana.password,
    });
    const callbacks = attacker.page.trail.filter(({ pathname }) => pathname.endsWith('/callback'));
    expect(callbacks).to.have.length(1);
    const victim = browserAt(site);
    await victim.get(callbacks[0] ?? '');
    expectStopped(victim, 'expired');
    expect(await isOpen(victim)).to.equal(false);
    await attacker.get(callbacks[0] ?? '');
    expect(attacker.page.url.pathname, 'the code is used').to.equal('/gateway/stopped');
  });

  it('accepts two sign-ins that one browser started in two tabs', async () => {
    const visitor = browserAt(site);
    const start = async (path: string) => {
      const first = await visitor.request(`${site.url}${path}`);
      const second = await visitor.request(first.headers.get('location') ?? '');
      return second.headers.get('location') ?? '';
    };
    const [one, two] = [await start('/one'), await start('/two')];
    await visitor.get(one);
    await visitor.submitForm('form[action$="/sign-in"]', {
      identifier: ana.email,
      password: ana.password,
    });
    expect(visitor.page.url.href).to.equal(`${site.url}/one`);
    await visitor.get(two);
    expect(visitor.page.url.href).to.equal(`${site.url}/two`);
  });

  const ADDRESSES = [
    '//evil.example/',
    '/\\evil.example',
    'https://evil.example/',
    'https:evil.example',
    'javascript:alert(1)',
    '/\tevil',
    `${FOLDER}/callback`,
    `/${'a'.repeat(2_000)}`,
  ];
  for (const to of ADDRESSES) {
    it(`returns to the start page of the site in place of ${JSON.stringify(to.slice(0, 24))} (R-03)`, async () => {
      const visitor = await enter();
      const query = new URLSearchParams({ to }).toString();
      await visitor.get(`${site.url}${FOLDER}/sign-in?${query}`);
      expect(visitor.page.url.href).to.equal(`${site.url}/`);
    });
  }

  it('leads to the page that ends the session, and forgets the sign-in', async () => {
    const visitor = await enter();
    await visitor.get(`${site.url}${FOLDER}/sign-out`);
    expect(visitor.page.url.origin).to.equal(server.url);
    expect(visitor.page.url.pathname).to.equal('/session/end');
    expect(await isOpen(visitor)).to.equal(false);
  });
});
