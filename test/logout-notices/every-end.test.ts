import { expect } from 'chai';

import { connectApp } from '../support/people/connect-app.ts';
import { createPerson, signIn, visitorAt, type TestPerson } from '../support/people/people.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../support/people/third-party-app.ts';
import type { Visitor } from '../support/people/visitor.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { startReceivingApp, type ReceivingApp } from './receiving-app.ts';

/** A person who is signed in at the app in one browser. */
interface Scene {
  readonly server: TestServer;
  readonly person: TestPerson;
  readonly visitor: Visitor;
  readonly app: ThirdPartyApp;
}

type End = (scene: Scene) => Promise<unknown>;

async function another({ server, app, person }: Scene): Promise<Visitor> {
  const visitor = visitorAt(server.url);
  await connectApp({ visitor, app, person });
  return visitor;
}

/** Every way in which a session can end. */
const ENDS: Readonly<Record<string, End>> = {
  'the sign-out page': async ({ server, visitor }) => {
    await visitor.get(`${server.url}/session/end`);
    await visitor.submitForm('button[name=logout]');
  },
  'a sign-out at the app alone': async ({ server, visitor, app }) => {
    await visitor.get(`${server.url}/session/end?client_id=${app.clientId}`);
    await visitor.submitForm('button:not([name])');
  },
  'the list of devices': async (scene) => {
    const { sessions } = scene.server.connected;
    const [session] = await sessions.list(scene.person.accountId);
    const visitor = await another(scene);
    await visitor.get(`${scene.server.url}/account/sessions`);
    await visitor.submitForm(`form[action$="/${session?.uid ?? ''}/end"]`);
  },
  'the end of all other sessions': async (scene) => {
    const visitor = await another(scene);
    await visitor.get(`${scene.server.url}/account/sessions/end-all?which=others`);
    await visitor.submitForm('form[action$="/end-all"]');
  },
  'a sign-out everywhere': ({ server, person: { accountId } }) =>
    server.connected.accounts.signOutEverywhere({ accountId }),
  'a blocked account': ({ server: { connected }, person: { accountId } }) =>
    connected.db.transaction((tx) =>
      connected.accounts.setStatus(tx, { accountId, status: 'blocked', reason: 'a test' }),
    ),
  'a suspended account': ({ server: { connected }, person: { accountId } }) =>
    connected.db.transaction((tx) =>
      connected.accounts.setStatus(tx, { accountId, status: 'suspended' }),
    ),
  'a deleted account': ({ server, person: { accountId } }) =>
    server.connected.deletions.delete({ accountId, locale: 'en' }),
  'another password': ({ server, person: { accountId, password } }) =>
    server.connected.authentication.changePassword({
      accountId,
      currentPassword: password,
      newPassword: 'nine quiet lanterns cross the harbour',
      keepSessionUid: null,
      locale: 'en',
    }),
  'any other statement that deletes its row': ({ server, person: { accountId } }) =>
    server.connected.db.query({
      name: 'test-delete-sessions',
      text: 'delete from sessions where account_id = $1',
      values: [accountId],
    }),
  'a further sign-in above the limit': async (scene) => {
    for (let count = 0; count < 4; count += 1) await another(scene);
  },
  'a new sign-in on the same device': async ({ server, visitor, app, person }) => {
    const { cookies } = visitor;
    const device = [...cookies.list(new URL(server.url))].filter(([name]) => /device/.test(name));
    cookies.clear();
    const headers = device.map(([name, value]) => `${name}=${value}; Path=/`);
    const answer = new Response(null, { headers: headers.map((line) => ['set-cookie', line]) });
    cookies.store(new URL(server.url), answer);
    expect(device).to.have.length(1);
    await connectApp({ visitor, app, person });
  },
  'another person in the same browser': async ({ server, visitor, app }) => {
    const stranger = await createPerson(server.connected);
    await app.begin(visitor, { prompt: 'login' });
    await signIn(visitor, stranger);
    await visitor.submitForm('form[data-submit]');
  },
  'its expiry': async ({ server: { connected }, person: { accountId } }) => {
    await connected.db.query({
      name: 'test-expire-sessions',
      text: `update sessions set expires_at = now() - interval '1 second' where account_id = $1`,
      values: [accountId],
    });
    await connected.sessions.purgeExpired();
  },
};

for (const isFast of [true, false]) {
  describe(`The end of a session, ${isFast ? 'with' : 'without'} the fast path`, function () {
    this.timeout(30_000);
    let server: TestServer;
    let app: ThirdPartyApp;
    let receiver: ReceivingApp;

    before(async () => {
      server = await startTestServer({ config: { hasFastPath: isFast } });
      const developer = await createPerson(server.connected);
      receiver = await startReceivingApp({ issuer: server.url, clientId: () => app.clientId });
      app = await registerThirdPartyApp(server, developer.accountId, {
        backchannelLogoutUri: receiver.address,
      });
    });
    after(async () => {
      await receiver?.close();
      await server?.stop();
    });

    for (const [way, end] of Object.entries(ENDS)) {
      it(`by ${way} reaches the app as a signed logout token (O-12)`, async () => {
        const person = await createPerson(server.connected);
        const visitor = visitorAt(server.url);
        const tokens = await connectApp({ visitor, app, person });
        const sid = tokens.claims()?.['sid'];
        expect(sid, 'of the ID token').to.be.a('string');

        await end({ server, person, visitor, app });
        const notices = () => receiver.received.filter((notice) => notice.sid === sid);
        await receiver.receivesNotice((notice) => notice.sid === sid);
        expect(notices()).to.have.length(1);
        expect(notices()[0]).to.include({ sub: person.accountId, aud: app.clientId });
      });
    }
  });
}
