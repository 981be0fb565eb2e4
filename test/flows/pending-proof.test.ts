import { expect } from 'chai';

import { createPerson, PASSWORD, visitorAt, type TestPerson } from '../support/people.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../support/third-party-app.ts';
import type { Visitor } from '../support/visitor.ts';

const NEW_PASSWORD = 'seven herons count the evening trains';

/** A password typed in, whose answer is kept back: the browser does not go on to `/auth` yet. */
interface HeldSignIn {
  readonly visitor: Visitor;
  readonly goOn: () => Promise<void>;
}

for (const redis of [false, true]) {
  describe(`A sign-in that was proven and not finished (${redis ? 'Postgres and Redis' : 'Postgres alone'})`, () => {
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
      const [resume] = held;
      if (resume === undefined) throw new Error('the sign-in was not held');
      return { visitor, goOn: async () => void (await visitor.get(resume)) };
    };
    const isSignedIn = async (visitor: Visitor): Promise<boolean> => {
      const response = await visitor.request('/api/v1/account', {
        headers: { accept: 'application/json' },
      });
      return response.status === 200;
    };

    it('goes on when nothing happened in between', async () => {
      const { visitor, goOn } = await holdSignIn(await createPerson(server.connected));
      await goOn();
      expect(await isSignedIn(visitor)).to.equal(true);
    });

    it('is worth nothing after signing out everywhere', async () => {
      const person = await createPerson(server.connected);
      const { visitor, goOn } = await holdSignIn(person);
      await server.connected.accounts.signOutEverywhere({ accountId: person.accountId });
      await goOn();
      expect(await isSignedIn(visitor)).to.equal(false);
      expect(visitor.page.document.querySelector('input[name=password]')).to.not.equal(null);
    });

    it('is worth nothing after the password was changed from another browser', async () => {
      const person = await createPerson(server.connected);
      const { visitor, goOn } = await holdSignIn(person);
      await server.connected.authentication.changePassword({
        accountId: person.accountId,
        currentPassword: PASSWORD,
        newPassword: NEW_PASSWORD,
        keepSessionUid: 'the session of the other browser',
        locale: 'en',
      });
      await goOn();
      expect(await isSignedIn(visitor)).to.equal(false);
    });
  });
}
