import { expect } from 'chai';
import * as oauth from 'openid-client';

import { AppError } from '../../src/platform/app-error.ts';
import type { ClientSettings } from '../../src/clients/settings/client-settings.ts';
import { callApi, signedInVisitor } from '../support/people/console-visitor.ts';
import { failureOf } from '../support/failure.ts';
import { createPerson, signIn, visitorAt, type TestPerson } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import {
  type AppSettings,
  registerThirdPartyApp,
  type ThirdPartyApp,
  type Tokens,
} from '../support/people/third-party-app.ts';
import type { Visitor } from '../support/people/visitor.ts';

const API = 'https://orders.example/';
const words = (text: string) => ({ en: text, ru: text });

describe('the token settings of an app', () => {
  let server: TestServer;
  let ana: TestPerson;
  let developer: TestPerson;
  let console: Visitor;

  before(async () => {
    server = await startTestServer();
    ana = await createPerson(server.connected);
    developer = await createPerson(server.connected, { isAdministrator: true });
    console = await signedInVisitor(server.url, developer);
    const { scopes } = server.connected;
    const by = { actorId: developer.accountId, title: words('Orders') };
    await scopes.defineResourceServer({
      ...by,
      identifier: API,
      accessTokenFormat: 'opaque',
      accessTokenLifetimeSeconds: 600,
    });
    const scope = { ...by, name: 'orders:read', description: words('Orders'), resource: API };
    await scopes.defineScope({ ...scope, sensitivity: 'low' });
  });
  after(() => server.stop());

  const register = (settings: AppSettings): Promise<ThirdPartyApp> =>
    registerThirdPartyApp(server, developer.accountId, {
      scopes: ['openid', 'email', 'offline_access', 'orders:read'],
      ...settings,
    });

  async function connect(
    app: ThirdPartyApp,
    parameters: Readonly<Record<string, string>> = {},
  ): Promise<Tokens> {
    const visitor = visitorAt(server.url);
    const scope = 'openid email offline_access orders:read';
    const attempt = await app.begin(visitor, { scope, ...parameters });
    await signIn(visitor, ana);
    await visitor.submitForm(
      'button[value=allow]',
      parameters['resource'] === undefined ? {} : { 'scope.orders:read': 'allow' },
    );
    return attempt.finish();
  }

  /** Seconds that a token has from its issue, as introspection reports it. */
  async function lifeOf(app: ThirdPartyApp, token = ''): Promise<number> {
    const { exp = 0, iat = 0 } = await oauth.tokenIntrospection(app.config, token);
    return exp - iat;
  }

  it('limit its access tokens, for an API at most as long as that API accepts', async () => {
    const rows = [
      [null, {}, 900],
      [120, {}, 120],
      [7_200, {}, 7_200],
      [120, { resource: API }, 120],
      [7_200, { resource: API }, 600],
      [null, { resource: API }, 600],
    ] as const;
    for (const [accessTokenSeconds, parameters, expected] of rows) {
      const tokens = await connect(await register({ accessTokenSeconds }), parameters);
      expect(tokens.expires_in).to.equal(expected);
    }
    expect(rows).to.have.length(6);
  });

  it('limit the tokens of a service', async () => {
    const machine = await register({
      applicationType: 'machine',
      redirectUris: [],
      postLogoutRedirectUris: [],
      scopes: ['orders:read'],
      accessTokenSeconds: 90,
    });
    const parameters = { scope: 'orders:read', resource: API };
    const tokens = await oauth.clientCredentialsGrant(machine.config, parameters);
    expect(tokens.expires_in).to.equal(90);
  });

  it('limit its refresh tokens, unused and after the last sign-in', async () => {
    const idle = await register({ refreshTokenIdleSeconds: 3_600 });
    expect(await lifeOf(idle, (await connect(idle)).refresh_token)).to.be.within(3_590, 3_600);
    const absolute = await register({ refreshTokenAbsoluteSeconds: 1_800 });
    const life = await lifeOf(absolute, (await connect(absolute)).refresh_token);
    expect(life).to.be.within(1_750, 1_800);
    const plain = await register({});
    expect(await lifeOf(plain, (await connect(plain)).refresh_token)).to.be.above(1_209_000);
  });

  it('rotate refresh tokens if the app chooses it, and keep them otherwise', async () => {
    for (const rotateRefreshTokens of [true, false]) {
      const app = await register({ rotateRefreshTokens });
      const { refresh_token: first = '' } = await connect(app);
      const renewed = await oauth.refreshTokenGrant(app.config, first);
      expect(renewed.refresh_token !== undefined && renewed.refresh_token !== first).to.equal(
        rotateRefreshTokens,
      );
    }
  });

  const refused: readonly (readonly [Partial<ClientSettings>, Record<string, string>])[] = [
    [{ accessTokenSeconds: 59 }, { accessTokenSeconds: 'token_life_out_of_range' }],
    [{ accessTokenSeconds: 86_401 }, { accessTokenSeconds: 'token_life_out_of_range' }],
    [{ accessTokenSeconds: 90.5 }, { accessTokenSeconds: 'token_life_out_of_range' }],
    [{ refreshTokenIdleSeconds: 0 }, { refreshTokenIdleSeconds: 'token_life_out_of_range' }],
    [
      { refreshTokenAbsoluteSeconds: -1 },
      { refreshTokenAbsoluteSeconds: 'token_life_out_of_range' },
    ],
    [
      { refreshTokenIdleSeconds: 7_200, refreshTokenAbsoluteSeconds: 3_600 },
      { refreshTokenIdleSeconds: 'token_life_idle_too_long' },
    ],
  ];
  for (const [settings, fields] of refused) {
    it(`is refused outside the limits: ${JSON.stringify(settings)}`, async () => {
      const failure = await failureOf(register(settings));
      expect(failure).to.be.instanceOf(AppError);
      expect(failure.fields).to.deep.equal(fields);
    });
  }

  it('is refused for refresh tokens of a service, which has none', async () => {
    const failure = await failureOf(
      server.connected.clients.create({
        ownerAccountId: developer.accountId,
        applicationType: 'machine',
        name: 'Nightly job',
        rotateRefreshTokens: true,
        refreshTokenIdleSeconds: 3_600,
        refreshTokenAbsoluteSeconds: 3_600,
      }),
    );
    expect(failure.fields).to.deep.equal({
      rotateRefreshTokens: 'refresh_not_used',
      refreshTokenIdleSeconds: 'refresh_not_used',
      refreshTokenAbsoluteSeconds: 'refresh_not_used',
    });
  });

  it('is set on the settings page and through the API, with the values of the server for empty fields', async () => {
    const app = await register({});
    const page = `/developer/apps/${app.clientId}/settings`;
    await console.get(`${server.url}${page}`);
    expect(console.page.text).to.include('60 to 86400; empty: 900, the setting of this server.');
    const wrong = await console.submitForm(`form[action="${page}"]`, { accessTokenSeconds: '5' });
    expect(wrong.status).to.equal(422);
    expect(wrong.document.querySelector('#accessTokenSeconds-error')?.text).to.match(/limits/);
    await console.submitForm(`form[action="${page}"]`, {
      accessTokenSeconds: '300',
      refreshTokenIdleSeconds: '86400',
      refreshTokenAbsoluteSeconds: '',
      rotateRefreshTokens: 'on',
      idTokenSignedResponseAlg: 'EdDSA',
    });
    const address = `${server.url}/api/v1/clients/${app.clientId}`;
    const read = async (): Promise<unknown> => (await callApi(console, 'GET', address)).json();
    const chosen = {
      accessTokenSeconds: 300,
      refreshTokenIdleSeconds: 86_400,
      refreshTokenAbsoluteSeconds: null,
      rotateRefreshTokens: true,
      idTokenSignedResponseAlg: 'EdDSA',
    };
    expect(await read()).to.deep.include(chosen);
    const changes = { accessTokenSeconds: null, refreshTokenAbsoluteSeconds: 864_000 };
    const answer = await callApi(console, 'PATCH', address, changes);
    expect(answer.status).to.equal(200);
    expect(await read()).to.deep.include({ ...chosen, ...changes });
    await console.get(`${server.url}${page}`);
    const shown = console.page.document.querySelector('#refreshTokenAbsoluteSeconds');
    expect(shown?.getAttribute('value')).to.equal('864000');
  });

  it('shows at the app and in the API whose tokens it may introspect', async () => {
    const app = await register({});
    const page = `${server.url}/developer/apps/${app.clientId}`;
    expect((await console.get(page)).text).to.include('This app only');
    await server.connected.scopes.changeResourceServer({
      actorId: developer.accountId,
      identifier: API,
      introspectionClientIds: [app.clientId],
    });
    expect((await console.get(page)).text).to.include(API);
    const answer = await callApi(console, 'GET', `${server.url}/api/v1/clients/${app.clientId}`);
    expect(await answer.json()).to.deep.include({ introspectedResources: [API] });
  });
});
