import { expect } from 'chai';

import { cutOff } from '../support/people/cut-off.ts';
import { appAt } from '../support/people/app-calls.ts';
import { createPerson, visitorAt, type TestPerson } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../support/people/third-party-app.ts';

const LIBRARY = 'https://library.example.org/';
const words = (text: string) => ({ en: text, ru: text });

describe('Introspection by an API of tokens of other apps', () => {
  let server: TestServer;
  let owner: TestPerson;
  let api: ThirdPartyApp;

  before(async () => {
    server = await startTestServer();
    const { scopes } = server.connected;
    owner = await createPerson(server.connected, { isAdministrator: true });
    const actorId = owner.accountId;
    api = await registerMachine([]);
    await scopes.defineResourceServer({
      actorId,
      identifier: LIBRARY,
      title: words('Library'),
      accessTokenFormat: 'opaque',
      accessTokenLifetimeSeconds: 600,
      introspectionClientIds: [api.clientId],
    });
    await scopes.defineScope({
      actorId,
      name: 'loans:read',
      resource: LIBRARY,
      title: words('Loans'),
      description: words('See your loans'),
      sensitivity: 'low',
    });
  });
  after(() => server.stop());

  const registerMachine = (scopes: readonly string[]): Promise<ThirdPartyApp> =>
    registerThirdPartyApp(server, owner.accountId, {
      applicationType: 'machine',
      redirectUris: [],
      postLogoutRedirectUris: [],
      scopes,
    });
  const isActive = async (token: string): Promise<boolean> =>
    (await appAt(server.url, api).introspect(token)).body['active'] === true;

  it('refuses the token of a machine once the app is suspended, also after the app is resumed', async () => {
    const machine = await registerMachine(['loans:read']);
    const credentials = Buffer.from(`${machine.clientId}:${machine.clientSecret}`);
    const answer = await fetch(`${server.url}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${credentials.toString('base64')}` },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        scope: 'loans:read',
        resource: LIBRARY,
      }),
    });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    expect(await isActive(token)).to.equal(true);
    const manager = { accountId: owner.accountId, isAdministrator: false };
    const about = { clientId: machine.clientId, manager };
    await server.connected.clients.setStatus({ ...about, status: 'suspended' });
    expect(await isActive(token)).to.equal(false);
    await server.connected.clients.setStatus({ ...about, status: 'active' });
    expect(await isActive(token)).to.equal(false);
  });

  it('refuses a token that is older than the cut-off of its account', async () => {
    const app = await registerThirdPartyApp(server, owner.accountId, {
      scopes: ['openid', 'loans:read'],
    });
    const person = await createPerson(server.connected);
    const about = { resource: LIBRARY };
    const visitor = visitorAt(server.url);
    const attempt = await app.begin(visitor, { scope: 'openid loans:read', ...about });
    await visitor.submitForm('form[action$="/sign-in"]', {
      identifier: person.email,
      password: person.password,
    });
    await visitor.submitForm('button[value=allow]', { 'scope.loans:read': 'allow' });
    const { access_token: token } = await attempt.finish(about);
    expect(await isActive(token)).to.equal(true);

    // As after a restore: the cut-off is newer than the token, but its grant still exists.
    await cutOff(server.connected, person.accountId);
    expect(await isActive(token)).to.equal(false);
  });
});
