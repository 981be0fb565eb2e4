import { expect } from 'chai';
import * as oauth from 'openid-client';

import { connectApp } from '../../support/people/connect-app.ts';
import { createPerson, type TestPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../../support/people/third-party-app.ts';
import { createVisitor, type Visitor } from '../../support/people/visitor.ts';

const OTHER_SECTOR = 'https://library.example/callback';

/** A visitor that does not follow redirects to apps. */
function visitorOf(server: TestServer): Visitor {
  return createVisitor({ baseUrl: server.url, stopAt: (url) => url.origin !== server.url });
}

describe('The account API', () => {
  let server: TestServer;
  let ana: TestPerson;

  before(async () => {
    server = await startTestServer();
    ana = await createPerson(server.connected, {
      values: { name: ['Ana Petrova'], nickname: ['Anya'] },
    });
  });
  after(() => server.stop());

  const call = (path: string, token: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${server.url}/api/v1/${path}`, {
      ...init,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    });

  const claimsOf = async (token: string): Promise<Record<string, unknown>> => {
    const answer = await call('account/profile', token);
    expect(answer.status).to.equal(200);
    const { claims } = (await answer.json()) as { claims: Record<string, unknown> };
    const { updated_at: _at, ...values } = claims;
    return values;
  };

  /** An app with these permissions, and a token after the person shared only the nickname. */
  async function tokenWith(...permissions: string[]): Promise<string> {
    const scopes = ['openid', 'profile', 'email', ...permissions];
    const app = await registerThirdPartyApp(server, ana.accountId, { scopes });
    const tokens = await connectApp({
      visitor: visitorOf(server),
      app,
      person: ana,
      parameters: { scope: scopes.join(' ') },
      choices: {
        'claim.nickname': ana.attributeIds['nickname']?.[0] ?? '',
        ...Object.fromEntries(permissions.map((name) => [`scope.${name}`, 'allow'])),
      },
    });
    return tokens.access_token;
  }

  it('returns only the values shared with the app and records the read in the ledger', async () => {
    const token = await tokenWith();
    expect(await claimsOf(token)).to.deep.equal({ nickname: 'Anya' });
    const [release] = await server.connected.ledger.list({ accountId: ana.accountId, limit: 1 });
    expect(release).to.include({ channel: 'account_api' });
    expect(release?.claims).to.include('nickname');
  });

  for (const path of [
    'account',
    'account/attributes',
    'account/apps',
    'account/sessions',
    'account/releases',
    'clients',
  ]) {
    it(`refuses ${path} to an app without the permission for it`, async () => {
      const answer = await call(path, await tokenWith());
      expect(answer.status).to.equal(403);
      expect(answer.headers.get('content-type')).to.contain('application/problem+json');
      expect(await answer.text()).not.to.contain(ana.email);
    });
  }

  it('lets an app with account:read read everything the person can read, records the read, and refuses changes', async () => {
    const token = await tokenWith('account:read');
    expect(await claimsOf(token)).to.include({ name: 'Ana Petrova', email: ana.email });
    const [release] = await server.connected.ledger.list({ accountId: ana.accountId, limit: 1 });
    expect(release?.claims).to.include.members(['name', 'email']);
    expect((await call('account/attributes', token)).status).to.equal(200);

    const change = await call('account/attributes', token, {
      method: 'POST',
      body: JSON.stringify({ claim: 'nickname', value: 'Intruder' }),
    });
    expect(change.status).to.equal(403);
    const everywhere = await call('account/sign-out-everywhere', token, { method: 'POST' });
    expect(everywhere.status).to.equal(403);
  });

  it('lets an app with account:write change the account settings', async () => {
    const token = await tokenWith('account:read', 'account:write');
    const change = await call('account', token, {
      method: 'PATCH',
      body: JSON.stringify({ locale: 'ru' }),
    });
    expect(change.status).to.equal(200);
    expect(await change.json()).to.include({ locale: 'ru' });
  });

  it('grants no permission that the person left unticked', async () => {
    const scopes = ['openid', 'profile', 'account:read'];
    const app = await registerThirdPartyApp(server, ana.accountId, { scopes });
    const { access_token: token } = await connectApp({
      visitor: visitorOf(server),
      app,
      person: ana,
      parameters: { scope: scopes.join(' ') },
    });
    expect((await call('account', token)).status).to.equal(403);
    expect(await claimsOf(token)).to.deep.equal({});
  });

  it('refuses requests without a token and with an unknown token', async () => {
    for (const token of ['', 'a'.repeat(43)]) {
      const answer = await call('account/profile', token);
      expect(answer.status).to.equal(401);
      expect(answer.headers.get('www-authenticate')).to.match(/^Bearer/);
    }
  });
});

describe('Pairwise identifiers (OpenID Connect Core 1.0 §8)', () => {
  let server: TestServer;
  let ana: TestPerson;

  before(async () => {
    server = await startTestServer();
    ana = await createPerson(server.connected);
  });
  after(() => server.stop());

  const register = (redirectUri?: string): Promise<ThirdPartyApp> =>
    registerThirdPartyApp(server, ana.accountId, {
      subjectType: 'pairwise',
      ...(redirectUri === undefined ? {} : { redirectUris: [redirectUri] }),
    });

  async function subjectAt(app: ThirdPartyApp, redirectUri?: string): Promise<string> {
    const tokens = await connectApp({
      visitor: visitorOf(server),
      app,
      person: ana,
      parameters: {
        scope: 'openid',
        ...(redirectUri === undefined ? {} : { redirect_uri: redirectUri }),
      },
    });
    const sub = tokens.claims()?.sub ?? '';
    const userinfo = await oauth.fetchUserInfo(app.config, tokens.access_token, sub);
    const state = await oauth.tokenIntrospection(app.config, tokens.access_token);
    expect([userinfo.sub, state.sub]).to.deep.equal([sub, sub]);
    return sub;
  }

  it('are equal within one sector, different in another sector, and never the account id', async () => {
    const [one, sibling] = [await subjectAt(await register()), await subjectAt(await register())];
    const other = await subjectAt(await register(OTHER_SECTOR), OTHER_SECTOR);
    expect(sibling).to.equal(one);
    expect(other).not.to.equal(one);
    expect([one, other]).not.to.include(ana.accountId);
  });

  it('stay the same after access is withdrawn and granted again', async () => {
    const app = await register();
    const before = await subjectAt(app);
    await server.connected.consents.withdraw({ accountId: ana.accountId, clientId: app.clientId });
    expect(await subjectAt(app)).to.equal(before);
  });
});
