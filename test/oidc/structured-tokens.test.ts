import { expect } from 'chai';

import { appAt } from '../support/people/app-calls.ts';
import { cutOff } from '../support/people/cut-off.ts';
import { verifyJwt } from '../support/http/jwt.ts';
import { createPerson, signIn, visitorAt, type TestPerson } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import {
  type AppSettings,
  registerThirdPartyApp,
  type ThirdPartyApp,
} from '../support/people/third-party-app.ts';

const API = 'https://jwt.example.org';
const words = (text: string) => ({ en: text, ru: text });

describe('Introspection of JWT access tokens', () => {
  let server: TestServer;
  let owner: TestPerson;
  let api: ThirdPartyApp;

  before(async () => {
    server = await startTestServer();
    const { scopes } = server.connected;
    owner = await createPerson(server.connected, { isAdministrator: true });
    const actorId = owner.accountId;
    api = await register({ applicationType: 'machine', scopes: [] });
    await scopes.defineResourceServer({
      actorId,
      identifier: API,
      title: words('Orders'),
      accessTokenFormat: 'jwt',
      accessTokenLifetimeSeconds: 600,
      introspectionClientIds: [api.clientId],
    });
    await scopes.defineScope({
      actorId,
      name: 'orders:read',
      resource: API,
      title: words('Orders'),
      description: words('See your orders'),
      sensitivity: 'low',
    });
  });
  after(() => server.stop());

  const register = (settings: AppSettings): Promise<ThirdPartyApp> =>
    registerThirdPartyApp(server, owner.accountId, {
      ...settings,
      ...(settings.applicationType === 'machine' && {
        redirectUris: [],
        postLogoutRedirectUris: [],
      }),
    });
  const introspect = async (
    app: ThirdPartyApp,
    token: string,
  ): Promise<Record<string, unknown>> => {
    const answer = await appAt(server.url, app).introspect(token);
    expect(answer.status).to.equal(200);
    return answer.body;
  };

  /** A person's JWT for the API, of an app that she allowed to read her orders. */
  async function connect(
    person: TestPerson,
    settings: AppSettings = {},
  ): Promise<{ readonly app: ThirdPartyApp; readonly token: string }> {
    const app = await register({ scopes: ['openid', 'orders:read'], ...settings });
    const visitor = visitorAt(server.url);
    const attempt = await app.begin(visitor, { scope: 'openid orders:read', resource: API });
    await signIn(visitor, person);
    await visitor.submitForm('button[value=allow]', { 'scope.orders:read': 'allow' });
    const { access_token: token } = await attempt.finish({ resource: API });
    return { app, token };
  }

  for (const subjectType of ['public', 'pairwise'] as const) {
    it(`answers with the claims of the token (${subjectType} subject)`, async () => {
      const { app, token } = await connect(await createPerson(server.connected), { subjectType });
      const { payload } = await verifyJwt(token, `${server.url}/jwks`);
      for (const asking of [api, app]) {
        expect(await introspect(asking, token)).to.include({
          active: true,
          sub: payload['sub'],
          client_id: app.clientId,
          aud: API,
          scope: 'orders:read',
          exp: payload['exp'],
          iat: payload['iat'],
          jti: payload['jti'],
          iss: server.url,
          token_type: 'Bearer',
        });
      }
    });
  }

  it('is inactive for another app, and refused without the secret of the app', async () => {
    const { token } = await connect(await createPerson(server.connected));
    expect(await introspect(await register({}), token)).to.deep.equal({ active: false });
    const refused = await appAt(server.url, { ...api, clientSecret: 'wrong' }).introspect(token);
    expect(refused.status).to.equal(401);
  });

  it('is inactive once its grant has ended', async () => {
    const person = await createPerson(server.connected);
    const { app, token } = await connect(person);
    const { db, tokens } = server.connected;
    await db.transaction((tx) => tokens.revokeGrants(tx, { clientId: app.clientId }));
    expect(await introspect(api, token)).to.deep.equal({ active: false });
  });

  it('is inactive when the token is older than the cut-off of its account', async () => {
    const person = await createPerson(server.connected);
    const { token } = await connect(person);
    await cutOff(server.connected, person.accountId);
    expect(await introspect(api, token)).to.deep.equal({ active: false });
  });

  it('answers about a service, until it loses the permission', async () => {
    const { machine, token } = await connectMachine();
    const manager = { accountId: owner.accountId, isAdministrator: false };
    await server.connected.clients.change({
      clientId: machine.clientId,
      manager,
      changes: { scopes: [] },
    });
    expect(await introspect(api, token)).to.deep.equal({ active: false });
  });

  it('answers about a service, until its app is suspended', async () => {
    const { machine, token } = await connectMachine();
    const about = { active: true, client_id: machine.clientId, scope: 'orders:read' };
    expect(await introspect(api, token)).to.include(about);
    await server.connected.clients.setStatus({
      clientId: machine.clientId,
      manager: { accountId: owner.accountId, isAdministrator: false },
      status: 'suspended',
    });
    expect(await introspect(api, token)).to.deep.equal({ active: false });
  });

  async function connectMachine(): Promise<{
    readonly machine: ThirdPartyApp;
    readonly token: string;
  }> {
    const machine = await register({ applicationType: 'machine', scopes: ['orders:read'] });
    const credentials = Buffer.from(`${machine.clientId}:${machine.clientSecret}`);
    const answer = await fetch(`${server.url}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${credentials.toString('base64')}` },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        scope: 'orders:read',
        resource: API,
      }),
    });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    return { machine, token };
  }

  it('is inactive for a changed token, an ID token and a JWT of another server', async () => {
    const { token } = await connect(await createPerson(server.connected));
    const [head = '', , signature = ''] = token.split('.');
    const body = Buffer.from(JSON.stringify({ client_id: api.clientId, sub: api.clientId }));
    const forged = `${head}.${body.toString('base64url')}.${signature}`;
    for (const wrong of [forged, `${token}A`, `jwt:${forged}`, 'a.b.c']) {
      expect(await introspect(api, wrong)).to.deep.equal({ active: false });
    }
  });

  it('does not make UserInfo accept a JWT, or its internal form for introspection', async () => {
    const { token } = await connect(await createPerson(server.connected));
    for (const bearer of [token, `jwt:${token}`]) {
      const headers = { authorization: `Bearer ${bearer}` };
      expect((await fetch(`${server.url}/userinfo`, { headers })).status).to.equal(401);
    }
  });
});
