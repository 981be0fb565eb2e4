import { expect } from 'chai';

import { appAt, type AppCalls } from '../../support/people/app-calls.ts';
import { connectApp } from '../../support/people/connect-app.ts';
import { createPerson, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';
import {
  startInstallation,
  STORAGE_MODES,
  type Installation,
} from '../../support/servers/installation.ts';
import { waitFor } from '../../support/wait-for.ts';

const API = 'https://orders.example.org/';
const words = (text: string) => ({ en: text, ru: text });

for (const mode of STORAGE_MODES) {
  describe(`A sign-out at one of two nodes, ${mode}`, function () {
    this.timeout(60_000);
    let installation: Installation;
    let person: TestPerson;
    let app: ThirdPartyApp;
    let ofApi: ThirdPartyApp;
    let atB: AppCalls;
    let visitor: Visitor;

    before(async () => {
      installation = await startInstallation(mode);
      const { connected, issuer, nodes } = installation;
      const administrator = await createPerson(connected, { isAdministrator: true });
      const actorId = administrator.accountId;
      await connected.scopes.defineResourceServer({
        actorId,
        identifier: API,
        title: words('Orders'),
        accessTokenFormat: 'jwt',
        accessTokenLifetimeSeconds: 600,
      });
      const scope = { name: 'orders:read', title: words('Orders'), description: words('Orders') };
      await connected.scopes.defineScope({
        ...scope,
        actorId,
        sensitivity: 'low',
        resource: API,
      });
      const server = { url: issuer, connected };
      app = await registerThirdPartyApp(server, actorId, {
        scopes: ['openid', 'profile', 'email', 'account:read'],
      });
      ofApi = await registerThirdPartyApp(server, actorId, { scopes: ['openid', 'orders:read'] });
      atB = appAt(nodes[1].url, app);
    });
    beforeEach(async () => {
      person = await createPerson(installation.connected);
      visitor = visitorAt(installation.issuer);
    });
    after(() => installation?.stop());

    /** An opaque token for our own API, and a JWT for another API. Neither with offline access. */
    async function hold() {
      const own = await connectApp({
        visitor,
        app,
        person,
        parameters: { scope: 'openid account:read' },
        choices: { 'scope.account:read': 'allow' },
      });
      const structured = await connectApp({
        visitor,
        app: ofApi,
        person,
        parameters: { scope: 'openid orders:read', resource: API },
        choices: { 'scope.orders:read': 'allow' },
      });
      expect(structured.access_token.split('.'), 'the parts of a JWT').to.have.length(3);
      return { opaque: own.access_token, jwt: structured.access_token };
    }

    const ENDS: Readonly<Record<string, () => Promise<unknown>>> = {
      'of this browser': async () => {
        await visitor.get(`${installation.issuer}/session/end`);
        await visitor.submitForm('button[name=logout]');
      },
      'of this device from another one': async () => {
        const { sessions } = installation.connected;
        const [session] = await sessions.list(person.accountId);
        await sessions.end({ accountId: person.accountId, sessionUid: session?.uid ?? '' });
      },
      'from everywhere': () => installation.connected.accounts.signOutEverywhere(person),
    };

    for (const [what, end] of Object.entries(ENDS)) {
      it(`${what} ends cookies, opaque tokens and JWTs at the other within a second (O-13, 7.4.1)`, async () => {
        const { opaque, jwt } = await hold();
        const sessionAtB = installation.nodes[1].url.replace('127.0.0.1', 'localhost');
        const cookie = visitor.cookies.header(new URL(installation.issuer));
        const isSignedIn = async (): Promise<boolean> => {
          const answer = await fetch(`${sessionAtB}/api/v1/account`, { headers: { cookie } });
          return answer.status === 200;
        };
        const jwtAtB = appAt(installation.nodes[1].url, ofApi);
        for (const answer of [await atB.profile(opaque), await atB.introspect(opaque)])
          expect(answer.isRefused, 'before').to.equal(false);
        expect((await jwtAtB.introspect(jwt)).isRefused, 'before').to.equal(false);
        expect(await isSignedIn(), 'before').to.equal(true);

        await end();
        const refusals: Record<string, () => Promise<boolean>> = {
          'the account API': async () => (await atB.profile(opaque)).isRefused,
          UserInfo: async () => (await atB.userinfo(opaque)).isRefused,
          'introspection of an opaque token': async () => (await atB.introspect(opaque)).isRefused,
          'introspection of a JWT': async () => (await jwtAtB.introspect(jwt)).isRefused,
          'the cookie': async () => !(await isSignedIn()),
        };
        await Promise.all(
          Object.entries(refusals).map(([name, isRefused]) => waitFor(name, isRefused)),
        );
        // A JWT of another API is never accepted here.
        expect((await atB.profile(jwt)).isRefused).to.equal(true);
      });
    }
  });
}
