import { expect } from 'chai';
import * as oauth from 'openid-client';

import { failureOf } from '../../support/failure.ts';
import { createPerson, signIn, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../../support/people/third-party-app.ts';

const words = (text: string) => ({ en: text, ru: text });
const scopeOf = (name: string) => ({ name, title: words(name), description: words(name) });

describe('Resource indicators (RFC 8707)', () => {
  const BARE = 'https://mcp.example.com';
  const SLASHED = 'https://files.example.com/';
  let server: TestServer;
  let ana: TestPerson;
  let actorId: string;

  before(async () => {
    server = await startTestServer();
    ana = await createPerson(server.connected);
    actorId = (await createPerson(server.connected, { isAdministrator: true })).accountId;
    for (const identifier of [BARE, SLASHED]) await define(identifier);
    const common = { actorId, sensitivity: 'low' } as const;
    const { scopes } = server.connected;
    // An administrator may write either form here too.
    await scopes.defineScope({ ...common, ...scopeOf('tools:call'), resource: `${BARE}/` });
    await scopes.defineScope({
      ...common,
      ...scopeOf('files:read'),
      resource: SLASHED.slice(0, -1),
    });
  });
  after(() => server.stop());

  const define = (identifier: string) =>
    server.connected.scopes.defineResourceServer({
      actorId,
      identifier,
      title: words('API'),
      accessTokenFormat: 'opaque',
      accessTokenLifetimeSeconds: 600,
    });

  /** Runs the code flow with these resources in the authorization and the token request. */
  async function connect(
    app: ThirdPartyApp,
    atAuthorization: string,
    atToken: Readonly<Record<string, string>>,
  ): Promise<{ readonly audience: unknown; readonly refreshed: unknown }> {
    const visitor = visitorAt(server.url);
    const attempt = await app.begin(visitor, {
      scope: 'openid tools:call files:read offline_access',
      resource: atAuthorization,
    });
    await signIn(visitor, ana);
    await visitor.submitForm('button[value=allow]', {
      [`scope.${atAuthorization.startsWith(BARE) ? 'tools:call' : 'files:read'}`]: 'allow',
    });
    const tokens = await attempt.finish(atToken);
    const renewed = await oauth.refreshTokenGrant(app.config, tokens.refresh_token ?? '', atToken);
    const audienceOf = async (token: string): Promise<unknown> =>
      (await oauth.tokenIntrospection(app.config, token)).aud;
    return {
      audience: await audienceOf(tokens.access_token),
      refreshed: await audienceOf(renewed.access_token),
    };
  }

  const register = (): Promise<ThirdPartyApp> =>
    registerThirdPartyApp(server, ana.accountId, {
      scopes: ['openid', 'tools:call', 'files:read', 'offline_access'],
    });

  const rows = [
    [BARE, BARE, BARE],
    [BARE, `${BARE}/`, BARE],
    [BARE, BARE, `${BARE}/`],
    [SLASHED, SLASHED.slice(0, -1), SLASHED],
    [SLASHED, SLASHED, SLASHED.slice(0, -1)],
  ] as const;
  for (const [identifier, atAuthorization, atToken] of rows) {
    it(`match one API with and without the slash: ${atAuthorization}, then ${atToken}`, async () => {
      const connected = await connect(await register(), atAuthorization, { resource: atToken });
      expect(connected).to.deep.equal({ audience: identifier, refreshed: identifier });
    });
  }

  it('in the authorization request alone apply to the token and its refresh', async () => {
    const connected = await connect(await register(), `${BARE}/`, {});
    expect(connected).to.deep.equal({ audience: BARE, refreshed: BARE });
  });

  it('distinguish paths', async () => {
    const app = await register();
    const visitor = visitorAt(server.url);
    const attempt = await app.begin(visitor, {
      scope: 'openid tools:call',
      resource: `${BARE}/other`,
    });
    expect(attempt.answer().get('error')).to.equal('invalid_target');
  });

  it('can be registered in only one of the two forms', async () => {
    for (const twin of [`${BARE}/`, SLASHED.slice(0, -1)]) {
      const failure = await failureOf(define(twin));
      expect(failure.code).to.equal('resource_server_exists');
    }
    await define(`${BARE}/v2`);
    await define(`${BARE}/v2/`);
  });

  it('are accepted in both forms in a client credentials request', async () => {
    const machine = await registerThirdPartyApp(server, ana.accountId, {
      applicationType: 'machine',
      redirectUris: [],
      postLogoutRedirectUris: [],
      scopes: ['tools:call'],
    });
    for (const resource of [BARE, `${BARE}/`]) {
      const tokens = await oauth.clientCredentialsGrant(machine.config, {
        scope: 'tools:call',
        resource,
      });
      const state = await oauth.tokenIntrospection(machine.config, tokens.access_token);
      expect(state.aud).to.equal(BARE);
    }
  });
});
