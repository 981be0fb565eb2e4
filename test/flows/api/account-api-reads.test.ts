import { expect } from 'chai';

import { connectApp } from '../../support/people/connect-app.ts';
import { createPerson, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { arriving, photo } from '../../support/people/pictures.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import { registerThirdPartyApp } from '../../support/people/third-party-app.ts';

const SECRET = 'Ana Petrova';

// `account:write` permits changes; only `account:read` permits reads, and each read is in the ledger.
describe('A read through the account API', () => {
  let server: TestServer;
  let ana: TestPerson;

  before(async () => {
    server = await startTestServer();
    ana = await createPerson(server.connected, {
      values: { name: [SECRET], nickname: ['Anya'], zoneinfo: ['Europe/Lisbon'] },
    });
  });
  after(() => server?.stop());

  const call = (path: string, token: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${server.url}/api/v1/account/${path}`, {
      ...init,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    });
  const patch = (path: string, token: string, body: object) =>
    call(path, token, { method: 'PATCH', body: JSON.stringify(body) });

  const tokenWith = async (
    permissions: readonly string[],
    {
      claims,
      choices = {},
      requested = ['openid', 'profile', ...permissions],
    }: { claims?: object; choices?: Record<string, string>; requested?: string[] } = {},
  ) => {
    const scopes = ['openid', 'profile', ...permissions];
    const app = await registerThirdPartyApp(server, ana.accountId, { scopes });
    const tokens = await connectApp({
      visitor: visitorAt(server.url),
      app,
      person: ana,
      parameters: {
        scope: requested.join(' '),
        ...(claims !== undefined && { claims: JSON.stringify(claims) }),
      },
      choices: {
        ...choices,
        ...Object.fromEntries(permissions.map((name) => [`scope.${name}`, 'allow'])),
      },
    });
    return { app, token: tokens.access_token };
  };

  it('returns only the written values with account:write alone', async () => {
    const { token } = await tokenWith(['account:write']);
    const changed = await patch('profile', token, { claims: { nickname: 'Annushka' } });
    expect(changed.status).to.equal(200);
    const text = await changed.text();
    expect(text).to.contain('Annushka');
    expect(text).not.to.contain(SECRET);
    expect(text).not.to.contain(ana.email);
  });

  it('is refused when account:write alone changes the label or rank of a value of the person', async () => {
    const { token } = await tokenWith(['account:write']);
    const id = ana.attributeIds['name']?.[0] ?? '';
    for (const body of [{ label: 'x' }, { isDefault: true }]) {
      const answer = await patch(`attributes/${id}`, token, body);
      expect(await answer.text()).not.to.contain(SECRET);
      expect(answer.status).to.equal(403);
    }
  });

  it('of the preview of another app is in the ledger with every claim', async () => {
    const other = await tokenWith([], {
      requested: ['openid'],
      claims: { id_token: { zoneinfo: null } },
      choices: { 'claim.zoneinfo': ana.attributeIds['zoneinfo']?.[0] ?? '' },
    });
    // Only the ID token contains the claim: the app does not request the scope for UserInfo.
    const { app, token } = await tokenWith(['account:read']);
    const answer = await call(`apps/${other.app.clientId}/preview`, token);
    expect(answer.status).to.equal(200);
    const { idToken } = (await answer.json()) as { idToken: Record<string, unknown> };
    expect(idToken['zoneinfo']).to.equal('Europe/Lisbon');
    const [release] = await server.connected.ledger.list({
      accountId: ana.accountId,
      clientId: app.clientId,
      limit: 1,
    });
    expect(release?.claims).to.include('zoneinfo');
  });

  it('of the labels of pictures is in the ledger', async () => {
    const { app, token } = await tokenWith(['account:read']);
    await server.connected.vault.avatars.add({
      accountId: ana.accountId,
      content: arriving(await photo('#246')),
      label: 'with the children',
    });
    const answer = await call('avatars', token);
    expect(await answer.text()).to.contain('with the children');
    const [release] = await server.connected.ledger.list({
      accountId: ana.accountId,
      clientId: app.clientId,
      limit: 1,
    });
    expect(release?.claims).to.include('picture');
  });
});
