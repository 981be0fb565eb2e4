import { expect } from 'chai';
import * as oauth from 'openid-client';

import { answerConsent, beginAt, isOnConsentPage } from '../../support/people/connect-app.ts';
import { callApi, signedInVisitor } from '../../support/people/console-visitor.ts';
import { verifyJwt } from '../../support/http/jwt.ts';
import { expectRefusal } from '../../support/http/oauth-refusal.ts';
import { createPerson, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import {
  registerThirdPartyApp,
  type ThirdPartyApp,
  type Tokens,
} from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';

const LIBRARY = 'https://library.example/api';
const MUSEUM = 'https://museum.example/api';
const SCOPE = 'openid reader-card loans:read tickets:buy offline_access';

describe('Scopes that an administrator defines', () => {
  let server: TestServer;
  let ana: TestPerson;
  let administrator: Visitor;

  before(async () => {
    server = await startTestServer();
    ana = await createPerson(server.connected, {
      values: { nickname: ['Anya'], birthdate: ['1990-04-01'], name: ['Ana Petrova'] },
    });
    const chief = await createPerson(server.connected, { isAdministrator: true });
    administrator = await signedInVisitor(server.url, chief);
    await define('/api/v1/resource-servers', {
      identifier: LIBRARY,
      title: { en: 'Town library', ru: 'Городская библиотека' },
      accessTokenFormat: 'jwt',
      accessTokenLifetimeSeconds: 300,
    });
    await define('/api/v1/resource-servers', {
      identifier: MUSEUM,
      title: { en: 'Museum', ru: 'Музей' },
      accessTokenFormat: 'opaque',
      accessTokenLifetimeSeconds: 600,
    });
    await define('/api/v1/scopes', {
      ...words('reader-card', 'Your reader’s card'),
      claims: ['nickname', 'birthdate'],
    });
    await define('/api/v1/scopes', {
      ...words('loans:read', 'See what you borrowed'),
      resource: LIBRARY,
    });
    await define('/api/v1/scopes', {
      ...words('tickets:buy', 'Buy tickets for you'),
      resource: MUSEUM,
    });
  });
  after(() => server.stop());

  async function define(path: string, body: object): Promise<void> {
    const answer = await callApi(administrator, 'POST', `${server.url}${path}`, body);
    expect(answer.status, `${path}: ${await answer.text()}`).to.equal(201);
  }

  const register = (): Promise<ThirdPartyApp> =>
    registerThirdPartyApp(server, ana.accountId, {
      scopes: ['openid', 'reader-card', 'loans:read', 'tickets:buy', 'offline_access'],
    });

  /** Runs the code flow, with or without a `resource`. */
  async function connect(
    app: ThirdPartyApp,
    choices: Record<string, string>,
    resource?: string,
  ): Promise<Tokens> {
    const about = resource === undefined ? {} : { resource };
    const visitor = visitorAt(server.url);
    const parameters = { scope: SCOPE, prompt: 'consent', ...about };
    const attempt = await beginAt({ visitor, app, person: ana, parameters });
    expect(isOnConsentPage(visitor), visitor.page.text).to.equal(true);
    await answerConsent({ visitor, app, person: ana, choices });
    return attempt.finish(about);
  }

  it('are in the public catalogue in both languages', async () => {
    const answer = await fetch(`${server.url}/api/v1/scopes`);
    const { scopes } = (await answer.json()) as { scopes: { name: string; title: object }[] };
    const mine = scopes.find(({ name }) => name === 'reader-card');
    expect(mine?.title).to.deep.equal({ en: 'Your reader’s card', ru: 'Your reader’s card (ru)' });
  });

  it('cannot be defined by other people or anonymous requests', async () => {
    const person = await signedInVisitor(server.url, ana);
    const body = { ...words('mine', 'Mine'), claims: ['name'] };
    const answer = await callApi(person, 'POST', `${server.url}/api/v1/scopes`, body);
    expect(answer.status).to.equal(403);
    const anonymous = visitorAt(server.url);
    const refused = await callApi(anonymous, 'POST', `${server.url}/api/v1/scopes`, body);
    expect(refused.status).to.equal(401);
  });

  it('with claims: only the values that the person chose are released', async () => {
    const app = await register();
    const tokens = await connect(app, {
      'claim.nickname': ana.attributeIds['nickname']?.[0] ?? '',
      'claim.birthdate': 'refuse',
    });
    const userinfo = await oauth.fetchUserInfo(app.config, tokens.access_token, ana.accountId);
    expect(userinfo).to.deep.equal({ sub: ana.accountId, nickname: 'Anya' });
  });

  it('for an API with JWTs: the token verifies with the published keys and contains no personal value', async () => {
    const app = await register();
    const tokens = await connect(app, { 'scope.loans:read': 'allow' }, LIBRARY);
    const { header, payload } = await verifyJwt(tokens.access_token, `${server.url}/jwks`);
    expect(header['typ']).to.equal('at+jwt');
    expect(payload).to.include({
      iss: server.url,
      aud: LIBRARY,
      sub: ana.accountId,
      client_id: app.clientId,
      scope: 'loans:read',
    });
    expect(Number(payload['exp']) - Number(payload['iat'])).to.equal(300);
    expect(payload).not.to.have.any.keys('nickname', 'birthdate', 'email', 'name');

    const [head, body, signature = ''] = tokens.access_token.split('.');
    const forged = `${head ?? ''}.${body ?? ''}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
    let failure: unknown;
    await verifyJwt(forged, `${server.url}/jwks`).catch((error: unknown) => (failure = error));
    expect(failure).to.be.instanceOf(Error);
  });

  it('for an API with opaque tokens: introspection returns the allowed scope', async () => {
    const app = await register();
    const tokens = await connect(app, { 'scope.tickets:buy': 'allow' }, MUSEUM);
    expect(tokens.access_token).not.to.contain('.');
    const state = await oauth.tokenIntrospection(app.config, tokens.access_token);
    expect(state).to.include({ active: true, aud: MUSEUM, scope: 'tickets:buy' });
  });

  for (const [resource, choice] of [
    [LIBRARY, 'scope.loans:read'],
    [MUSEUM, 'scope.tickets:buy'],
  ] as const) {
    it(`for an API: UserInfo and the account API refuse its token (${resource})`, async () => {
      const app = await register();
      const tokens = await connect(app, { [choice]: 'allow' }, resource);
      for (const path of ['/userinfo', '/api/v1/account/profile']) {
        const answer = await fetch(`${server.url}${path}`, {
          headers: { authorization: `Bearer ${tokens.access_token}` },
        });
        expect(answer.status, path).to.be.oneOf([401, 403]);
        expect(await answer.text()).not.to.contain('Anya');
      }
    });
  }

  it('for an API: a scope that the person did not tick is not in the token', async () => {
    const app = await register();
    const tokens = await connect(app, {}, MUSEUM);
    const state = await oauth.tokenIntrospection(app.config, tokens.access_token);
    expect((state.scope ?? '').split(' ')).not.to.include('tickets:buy');
  });

  it('are not granted to an app that is not registered for them', async () => {
    const app = await registerThirdPartyApp(server, ana.accountId, { scopes: ['openid'] });
    const refused = await app.begin(visitorAt(server.url), {
      scope: 'openid reader-card tickets:buy',
      resource: MUSEUM,
    });
    expect(refused.answer().get('error')).to.equal('invalid_target');

    const visitor = visitorAt(server.url);
    const parameters = { scope: 'openid reader-card tickets:buy' };
    const attempt = await beginAt({ visitor, app, person: ana, parameters });
    expect(visitor.page.text).not.to.contain('Buy tickets');
    await answerConsent({ visitor, app, person: ana });
    const tokens = await attempt.finish();
    expect(tokens.scope ?? '').not.to.match(/reader-card|tickets:buy/);
  });

  it('an unknown API returns invalid_target (RFC 8707)', async () => {
    const app = await register();
    const attempt = await app.begin(visitorAt(server.url), {
      scope: SCOPE,
      resource: 'https://nobody.example/',
    });
    expect(attempt.answer().get('error')).to.equal('invalid_target');
  });

  it('are no longer granted once retired, also on a refresh', async () => {
    await define('/api/v1/scopes', { ...words('loans:extend', 'Extend loans'), resource: LIBRARY });
    const app = await registerThirdPartyApp(server, ana.accountId, {
      scopes: ['openid', 'loans:extend', 'offline_access'],
    });
    const visitor = visitorAt(server.url);
    const parameters = {
      scope: 'openid loans:extend offline_access',
      prompt: 'consent',
      resource: LIBRARY,
    };
    const attempt = await beginAt({ visitor, app, person: ana, parameters });
    await answerConsent({ visitor, app, person: ana, choices: { 'scope.loans:extend': 'allow' } });
    const tokens = await attempt.finish({ resource: LIBRARY });
    expect(tokens.scope).to.contain('loans:extend');

    const gone = await callApi(administrator, 'DELETE', `${server.url}/api/v1/scopes/loans:extend`);
    expect(gone.status).to.equal(204);
    const refreshed = oauth.refreshTokenGrant(app.config, tokens.refresh_token ?? '', {
      resource: LIBRARY,
    });
    const scope = await refreshed.then(
      (answer) => answer.scope ?? '',
      async (error: unknown) => {
        await expectRefusal(Promise.reject(error), 'invalid_');
        return '';
      },
    );
    expect(scope).not.to.contain('loans:extend');
  });
});

function words(name: string, title: string) {
  return {
    name,
    title: { en: title, ru: `${title} (ru)` },
    description: { en: `${title}, in full.`, ru: `${title}, полностью.` },
    sensitivity: 'medium',
  };
}
