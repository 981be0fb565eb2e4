import { expect } from 'chai';

import { createPerson, PASSWORD, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';

const NEW_PASSWORD = 'seven herons count the evening trains';

/** A sign-in with a submitted password whose redirect to `/auth` is not followed yet. */
interface HeldSignIn {
  readonly visitor: Visitor;
  readonly resume: () => Promise<void>;
}

for (const redis of [false, true]) {
  describe(`A sign-in with a proven password that is not finished (${redis ? 'Postgres and Redis' : 'Postgres alone'})`, () => {
    let server: TestServer;
    let app: ThirdPartyApp;

    before(async () => {
      server = await startTestServer({ redis });
      const owner = await createPerson(server.connected);
      app = await registerThirdPartyApp(server, owner.accountId);
    });
    after(() => server.stop());

    const holdSignIn = async (person: TestPerson): Promise<HeldSignIn> => {
      const held: URL[] = [];
      const visitor = visitorAt(server.url, {
        stopAt: (url) => {
          const isResume = /^\/auth\/./.test(url.pathname) && held.length === 0;
          if (isResume) held.push(url);
          return isResume;
        },
      });
      await app.begin(visitor);
      await visitor.submitForm('form[action$="/sign-in"]', {
        identifier: person.email,
        password: person.password,
      });
      const [address] = held;
      if (address === undefined) throw new Error('the sign-in was not held');
      return { visitor, resume: async () => void (await visitor.get(address)) };
    };
    const isSignedIn = async (visitor: Visitor): Promise<boolean> => {
      const response = await visitor.request('/api/v1/account', {
        headers: { accept: 'application/json' },
      });
      return response.status === 200;
    };

    it('succeeds when nothing happened in between', async () => {
      const { visitor, resume } = await holdSignIn(await createPerson(server.connected));
      await resume();
      expect(await isSignedIn(visitor)).to.equal(true);
    });

    it('fails after the person signed out everywhere', async () => {
      const person = await createPerson(server.connected);
      const { visitor, resume } = await holdSignIn(person);
      await server.connected.accounts.signOutEverywhere({ accountId: person.accountId });
      await resume();
      expect(await isSignedIn(visitor)).to.equal(false);
      expect(visitor.page.document.querySelector('input[name=password]')).to.not.equal(null);
    });

    it('fails after the password was changed in another browser', async () => {
      const person = await createPerson(server.connected);
      const { visitor, resume } = await holdSignIn(person);
      await server.connected.authentication.changePassword({
        accountId: person.accountId,
        currentPassword: PASSWORD,
        newPassword: NEW_PASSWORD,
        keepSessionUid: 'the session of the other browser',
        locale: 'en',
      });
      await resume();
      expect(await isSignedIn(visitor)).to.equal(false);
    });
  });
}
