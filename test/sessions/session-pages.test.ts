import { expect } from 'chai';

import { createPerson, signIn, visitorAt, type TestPerson } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { isAtApp } from '../support/people/third-party-app.ts';
import { createVisitor, type Visitor } from '../support/people/visitor.ts';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1';

for (const redis of [false, true]) {
  describe(`Devices page, ${redis ? 'Redis' : 'Postgres alone'}`, () => {
    let server: TestServer;
    let person: TestPerson;

    before(async () => {
      server = await startTestServer({ redis });
    });
    beforeEach(async () => {
      person = await createPerson(server.connected);
    });
    after(() => server.stop());

    const arrive = async (userAgent: string): Promise<Visitor> => {
      const visitor = createVisitor({
        baseUrl: server.url,
        headers: { 'user-agent': userAgent },
        stopAt: isAtApp,
      });
      await visitor.get('/account/sessions');
      await signIn(visitor, person);
      return visitor;
    };
    const isSignedIn = async (visitor: Visitor): Promise<boolean> => {
      const page = await visitor.get('/account/sessions');
      return page.url.pathname === '/account/sessions';
    };

    it('shows this device separately, with names of browser and system', async () => {
      await arrive(IPHONE);
      const visitor = await arrive(FIREFOX);
      const { text, status, url } = await visitor.get('/account/sessions');
      expect([status, url.pathname]).to.deep.equal([200, '/account/sessions']);
      expect(text).to.match(
        /This device.*You are here.*Firefox on Linux.*Other devices.*Safari on iPhone/,
      );
      expect(text).to.include('127.0.0.1');
    });

    it('ends another device, which has to sign in again', async () => {
      const phone = await arrive(IPHONE);
      const visitor = await arrive(FIREFOX);
      await visitor.get('/account/sessions');
      const page = await visitor.submitForm('form[action$="/end"]');
      expect(page.text).to.include('The device is signed out.').and.include('No other devices');
      expect(await isSignedIn(phone)).to.equal(false);
      expect(await isSignedIn(visitor)).to.equal(true);
    });

    it('ends all other devices after a confirmation', async () => {
      const others = [await arrive(IPHONE), await arrive(FIREFOX)];
      const visitor = await arrive(FIREFOX);
      await visitor.get('/account/sessions');
      await visitor.follow('a[href$="which=others"]');
      expect(visitor.page.text).to.include('Sign out all other devices?');
      await visitor.submitForm('form.confirmation');
      expect(visitor.page.text).to.include('All other devices are signed out.');
      for (const other of others) expect(await isSignedIn(other)).to.equal(false);
      expect(await isSignedIn(visitor)).to.equal(true);
    });

    it('ends all sessions, including this one, after a confirmation', async () => {
      const phone = await arrive(IPHONE);
      const visitor = await arrive(FIREFOX);
      await visitor.get('/account/sessions/end-all?which=all');
      const page = await visitor.submitForm('form.confirmation');
      expect(page.text).to.include('You are signed out everywhere.');
      expect([await isSignedIn(phone), await isSignedIn(visitor)]).to.deep.equal([false, false]);
    });

    it('cannot be made to end anything from another site', async () => {
      const visitor = await arrive(FIREFOX);
      const response = await visitor.request('/account/sessions/end-all', {
        method: 'POST',
        body: new URLSearchParams({ which: 'all' }),
      });
      expect(response.status).to.equal(403);
      expect(await isSignedIn(visitor)).to.equal(true);
    });

    it('has the same content in the API, which marks the current session and never contains the cookie', async () => {
      await arrive(IPHONE);
      const visitor = await arrive(FIREFOX);
      const response = await visitor.request('/api/v1/account/sessions');
      const list = (await response.json()) as Record<string, unknown>[];
      expect(
        list.map(({ browser, system, isCurrent }) => [browser, system, isCurrent]),
      ).to.deep.equal([
        ['Firefox', 'Linux', true],
        ['Safari', 'iPhone', false],
      ]);
      expect(Object.keys(list[0] ?? {})).to.have.members([
        'uid',
        'isCurrent',
        'browser',
        'system',
        'ip',
        'userAgent',
        'createdAt',
        'authenticatedAt',
        'lastSeenAt',
        'expiresAt',
        'isRemembered',
        'amr',
        'place',
        'apps',
      ]);
    });

    it('ends one session through the API, once, and none of another account', async () => {
      const phone = await arrive(IPHONE);
      const visitor = await arrive(FIREFOX);
      const stranger = await createPerson(server.connected);
      const mine = (await server.connected.sessions.list(person.accountId)).find(
        ({ userAgent }) => userAgent === IPHONE,
      );
      const end = (by: Visitor) =>
        by.request(`/api/v1/account/sessions/${mine?.uid ?? ''}`, {
          method: 'DELETE',
          headers: { origin: server.url, 'sec-fetch-site': 'same-origin' },
        });
      const other = visitorAt(server.url);
      await other.get('/account/sessions');
      await signIn(other, stranger);
      expect((await end(other)).status).to.equal(404);
      expect(await isSignedIn(phone)).to.equal(true);
      expect((await end(visitor)).status).to.equal(204);
      expect(await isSignedIn(phone)).to.equal(false);
      // A repeated request, as after a lost answer.
      expect((await end(visitor)).status).to.equal(204);
      expect((await end(other)).status).to.equal(404);
    });

    it('is refused to people who are not signed in', async () => {
      const visitor = visitorAt(server.url);
      expect((await visitor.request('/api/v1/account/sessions')).status).to.equal(401);
      expect(await isSignedIn(visitor)).to.equal(false);
    });
  });
}
