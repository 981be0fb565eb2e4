import { expect } from 'chai';
import * as oauth from 'openid-client';

import { createPerson, signIn, visitorAt, type TestPerson } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { registerThirdPartyApp, type SignInAttempt } from '../support/people/third-party-app.ts';
import { isTrueWithin } from '../support/wait-for.ts';

const API = 'https://orders.example/';
const WORDS = {
  title: { en: 'Your orders', ru: 'Ваши заказы' },
  description: { en: 'See what you bought and when.', ru: 'Видеть, что и когда вы купили.' },
  sensitivity: 'medium',
} as const;

describe('permissions that an administrator defined, in a real code flow', () => {
  let server: TestServer;
  let ana: TestPerson;

  before(async () => {
    server = await startTestServer();
    ana = await createPerson(server.connected, { values: { nickname: ['Anya'], name: ['Ana'] } });
    const { scopes } = server.connected;
    const actorId = ana.accountId;
    await scopes.defineScope({ ...WORDS, actorId, name: 'pen-name', claims: ['nickname'] });
    await scopes.defineResourceServer({
      actorId,
      identifier: API,
      title: WORDS.title,
      accessTokenFormat: 'jwt',
      accessTokenLifetimeSeconds: 300,
    });
    await scopes.defineScope({ ...WORDS, actorId, name: 'orders:read', resource: API });
    await scopes.defineScope({ ...WORDS, actorId, name: 'orders:write', resource: API });
    const isEverywhere = async (): Promise<boolean> =>
      (await scopes.catalogue()).byName.has('orders:write');
    expect(await isTrueWithin(isEverywhere)).to.equal(true);
  });
  after(() => server.stop());

  /** Signs Ana in with a new app that may request all scopes except `orders:write`; ends on the consent page. */
  async function ask(
    scope: string,
    parameters: Readonly<Record<string, string>> = {},
  ): Promise<{
    attempt: SignInAttempt;
    visitor: ReturnType<typeof visitorAt>;
    config: oauth.Configuration;
    clientId: string;
  }> {
    const app = await registerThirdPartyApp(server, ana.accountId, {
      scopes: scope.split(' ').filter((name) => name !== 'orders:write'),
    });
    const visitor = visitorAt(server.url);
    const attempt = await app.begin(visitor, { scope, prompt: 'consent', ...parameters });
    await signIn(visitor, ana);
    return { attempt, visitor, config: app.config, clientId: app.clientId };
  }

  it('release the values that the person chose, and nothing once they are retired', async () => {
    const { attempt, visitor, config } = await ask('openid pen-name');
    expect(visitor.page.text).to.include('Anya').and.not.include('name of Ana');
    const nickname = ana.attributeIds['nickname']?.[0] ?? '';
    await visitor.submitForm('button[value=allow]', { 'claim.nickname': nickname });
    const tokens = await attempt.finish();
    const read = (): Promise<oauth.UserInfoResponse> =>
      oauth.fetchUserInfo(config, tokens.access_token, ana.accountId);
    expect((await read()).nickname).to.equal('Anya');
    expect(await read()).not.to.have.any.keys('name', 'email');

    await server.connected.scopes.retireScope({ actorId: ana.accountId, name: 'pen-name' });
    const isGone = async (): Promise<boolean> => (await read()).nickname === undefined;
    expect(await isTrueWithin(isGone)).to.equal(true);
  });

  it('give the app access to the API with a JWT for that API only', async () => {
    const { attempt, visitor, clientId } = await ask('openid orders:read', { resource: API });
    expect(visitor.page.text).to.include('See what you bought and when.');
    const box = visitor.page.document.querySelector('[name="scope.orders:read"]');
    const choice = box === null ? {} : { 'scope.orders:read': 'allow' };
    await visitor.submitForm('button[value=allow]', choice);
    const tokens = await attempt.finish({ resource: API });
    const payload = decode(tokens.access_token);
    expect(payload).to.include({ aud: API, iss: server.url, client_id: clientId });
    expect(payload['scope']).to.equal('orders:read');
    expect(Number(payload['exp']) - Number(payload['iat'])).to.equal(300);
    expect(payload).not.to.have.any.keys('nickname', 'name', 'email');
  });

  it('are not given to an app that did not register them', async () => {
    const { attempt, visitor } = await ask('openid orders:read orders:write', { resource: API });
    const fields = visitor.page.document
      .querySelectorAll('[name^="scope."]')
      .map((field) => field.getAttribute('name'));
    expect(fields).not.to.include('scope.orders:write');
    const choice = fields.includes('scope.orders:read') ? { 'scope.orders:read': 'allow' } : {};
    await visitor.submitForm('button[value=allow]', choice);
    const { access_token: token } = await attempt.finish({ resource: API });
    expect(decode(token)['scope']).to.equal('orders:read');
  });

  it('give a service access to the API in its own name', async () => {
    const { client, secret } = await server.connected.clients.create({
      ownerAccountId: ana.accountId,
      applicationType: 'machine',
      name: 'Nightly job',
      scopes: ['orders:read'],
    });
    const answer = await fetch(`${server.url}/token`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${client.id}:${secret?.secret ?? ''}`).toString('base64')}`,
      },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        scope: 'orders:read orders:write',
        resource: API,
      }),
    });
    expect(answer.status).to.equal(200);
    const { access_token: token } = (await answer.json()) as { access_token: string };
    expect(decode(token)).to.include({ aud: API, scope: 'orders:read', sub: client.id });
  });
});

function decode(jwt: string): Record<string, unknown> {
  const [, payload = ''] = jwt.split('.');
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
}
