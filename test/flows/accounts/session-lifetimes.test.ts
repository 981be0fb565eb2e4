import { expect } from 'chai';

import { settableClock, type SettableClock } from '../../support/clock.ts';
import { appAt } from '../../support/people/app-calls.ts';
import { connectApp } from '../../support/people/connect-app.ts';
import { createPerson, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SESSION = 'consentry-session';
const SCOPES = ['openid', 'profile', 'email'];

for (const hasFastPath of [true, false]) {
  describe(`Lifetimes of sessions, ${hasFastPath ? 'with' : 'without'} the fast path`, () => {
    let server: TestServer;
    let clock: SettableClock;
    let person: TestPerson;
    let administrator: TestPerson;
    let app: ThirdPartyApp;

    before(async () => {
      clock = settableClock(new Date());
      server = await startTestServer({ clock, config: { hasFastPath } });
      person = await createPerson(server.connected);
      app = await registerThirdPartyApp(server, person.accountId, { scopes: SCOPES });
    });
    beforeEach(async () => {
      clock.set(new Date());
      person = await createPerson(server.connected);
      administrator = await createPerson(server.connected, { isAdministrator: true });
    });
    after(() => server?.stop());

    const arrive = async (who: TestPerson, remember: 'yes' | null): Promise<Visitor> => {
      const visitor = visitorAt(server.url);
      await visitor.get('/account/sessions');
      const { email: identifier, password } = who;
      await visitor.submitForm('form[action$="/sign-in"]', { identifier, password, remember });
      expect(visitor.page.url.pathname).to.equal('/account/sessions');
      return visitor;
    };
    const isAtPages = async (visitor: Visitor): Promise<boolean> =>
      (await visitor.get('/account/sessions')).url.pathname === '/account/sessions';
    const isAtApi = async (visitor: Visitor): Promise<boolean> =>
      (await visitor.request(`${server.url}/api/v1/account`)).status === 200;
    const isAtApp = async (visitor: Visitor): Promise<boolean> => {
      await app.begin(visitor, { prompt: 'none' });
      return visitor.page.url.searchParams.get('error') === null;
    };
    const session = (visitor: Visitor) => visitor.cookies.list(new URL(server.url)).get(SESSION);

    it('end after 14 days without use and, used daily, 30 days after the sign-in (7.3.1, 7.3.2)', async () => {
      const idle = await arrive(person, 'yes');
      clock.advance(14 * DAY + HOUR);
      expect([await isAtApi(idle), await isAtPages(idle)]).to.deep.equal([false, false]);

      clock.set(new Date());
      const used = await arrive(person, 'yes');
      for (let day = 1; day < 30; day += 1) {
        clock.advance(DAY);
        expect(await isAtPages(used), `day ${String(day)}`).to.equal(true);
      }
      clock.advance(DAY);
      expect([await isAtApi(used), await isAtPages(used)]).to.deep.equal([false, false]);
    });

    it('end 12 hours after a sign-in without “Keep me signed in”, and their cookie with the browser', async () => {
      const visitor = await arrive(person, null);
      const answer = await visitor.request('/account/sessions');
      expect(answer.headers.getSetCookie().join()).not.to.match(
        /consentry-session=[^;]*;.*expires/,
      );
      clock.advance(11 * HOUR);
      expect(await isAtPages(visitor)).to.equal(true);
      clock.advance(HOUR + 1);
      expect(await isAtPages(visitor)).to.equal(false);
    });

    it('of administrators end after 30 minutes without use and, in use, after 12 hours (7.3.1, 7.3.2)', async () => {
      const idle = await arrive(administrator, 'yes');
      clock.advance(31 * MINUTE);
      expect([await isAtApi(idle), await isAtPages(idle)]).to.deep.equal([false, false]);

      clock.set(new Date());
      const used = await arrive(administrator, 'yes');
      for (let half = 1; half <= 28; half += 1) {
        clock.advance(25 * MINUTE);
        expect(await isAtApi(used), `after ${String(half)} times 25 minutes`).to.equal(true);
      }
      clock.advance(25 * MINUTE);
      expect([await isAtApi(used), await isAtPages(used)]).to.deep.equal([false, false]);
    });

    it('also end at apps, with the tokens that are bound to them', async () => {
      const visitor = await arrive(administrator, 'yes');
      const tokens = await connectApp({ visitor, app, person: administrator });
      const { userinfo } = appAt(server.url, app);
      expect(await isAtApp(visitor)).to.equal(true);
      expect((await userinfo(tokens.access_token)).isRefused).to.equal(false);
      clock.advance(31 * MINUTE);
      expect(await isAtApp(visitor)).to.equal(false);
      expect((await userinfo(tokens.access_token)).isRefused).to.equal(true);
    });

    it('are those of administrators at once when the account becomes one', async () => {
      const { accounts, db } = server.connected;
      const visitor = await arrive(person, 'yes');
      await connectApp({ visitor, app, person });
      const { accountId } = person;
      await db.transaction((tx) =>
        accounts.setAdministrator(tx, { accountId, isAdministrator: true }),
      );
      expect(await server.connected.sessions.list(accountId), 'it stays').to.have.length(1);
      clock.advance(31 * MINUTE);
      expect([await isAtApi(visitor), await isAtApp(visitor)]).to.deep.equal([false, false]);
      expect(await server.connected.sessions.list(accountId)).to.deep.equal([]);
    });

    it('have another id after the account became an administrator (7.2.4)', async () => {
      const { accounts, db } = server.connected;
      const visitor = await arrive(person, 'yes');
      const before = session(visitor);
      const stolen = visitor.cookies.header(new URL(server.url));
      const { accountId } = person;
      await db.transaction((tx) =>
        accounts.setAdministrator(tx, { accountId, isAdministrator: true }),
      );
      expect(await isAtPages(visitor)).to.equal(true);
      expect(session(visitor)).to.be.a('string').and.not.equal(before);
      const answer = await fetch(`${server.url}/api/v1/account`, { headers: { cookie: stolen } });
      expect(answer.status).to.equal(401);
      const after = session(visitor);
      expect([await isAtPages(visitor), session(visitor)]).to.deep.equal([true, after]);
    });
  });
}
