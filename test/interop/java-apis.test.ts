import { expect } from 'chai';

import { signIn, visitorAt } from '../support/people.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../support/third-party-app.ts';
import type { AppProcess } from './app-process.ts';
import { type InteropScene, openScene } from './scene.ts';
import { mavenJar } from './toolchains.ts';

const words = (text: string) => ({ en: text, ru: text });

describe('APIs on the resource server of Spring Security', function () {
  this.timeout(120_000);
  let scene: InteropScene;
  let jar: string;
  let shop: ThirdPartyApp;

  before(async function () {
    this.timeout(600_000);
    jar = mavenJar('spring-api');
    scene = await openScene();
    const { scopes } = scene.server.connected;
    const by = { actorId: scene.ana.accountId };
    for (const accessTokenFormat of ['opaque', 'jwt'] as const) {
      await scopes.defineResourceServer({
        ...by,
        identifier: resourceOf(accessTokenFormat),
        title: words('Orders'),
        accessTokenFormat,
        accessTokenLifetimeSeconds: 600,
      });
      await scopes.defineScope({
        ...by,
        name: `orders:${accessTokenFormat}`,
        resource: resourceOf(accessTokenFormat),
        title: words('Orders'),
        description: words('See your orders'),
        sensitivity: 'low',
      });
    }
    shop = await registerThirdPartyApp(scene.server, scene.ana.accountId, {
      scopes: ['openid', 'orders:opaque', 'orders:jwt'],
    });
  });
  after(() => scene?.close());

  const resourceOf = (format: 'opaque' | 'jwt'): string => `https://${format}.example.org/`;

  async function tokenFor(format: 'opaque' | 'jwt'): Promise<string> {
    const visitor = visitorAt(scene.server.url);
    const resource = resourceOf(format);
    const attempt = await shop.begin(visitor, { scope: `openid orders:${format}`, resource });
    await signIn(visitor, scene.ana);
    const isAsked = visitor.page.document.querySelector('button[value=allow]') !== null;
    if (isAsked)
      await visitor.submitForm('button[value=allow]', { [`scope.orders:${format}`]: 'allow' });
    return (await attempt.finish()).access_token;
  }

  const open = (profile: string): Promise<AppProcess> =>
    scene.open({
      library: 'spring-api',
      registration: { applicationType: 'machine', redirectUris: [] },
      program: ({ port, issuer, clientId, clientSecret }) => ({
        command: 'java',
        args: ['-XX:TieredStopAtLevel=1', `-Dspring.profiles.active=${profile}`, '-jar', jar],
        env: {
          PORT: String(port),
          ISSUER: issuer,
          CLIENT_ID: clientId,
          CLIENT_SECRET: clientSecret,
          CLIENT_OF_TOKENS: shop.clientId,
          RESOURCE: resourceOf('jwt'),
        },
        startSeconds: 60,
      }),
    });

  const call = (api: AppProcess, token: string): Promise<Response> =>
    fetch(`${api.url}/orders`, { headers: { authorization: `Bearer ${token}` } });

  it('accept opaque tokens and JWTs by introspection, and refuse both once the grant has ended', async () => {
    const api = await open('introspection');
    const { db, scopes, tokens } = scene.server.connected;
    const issued = [await tokenFor('opaque'), await tokenFor('jwt')];
    // Not named at the APIs yet.
    expect((await call(api, issued[0] ?? '')).status).to.equal(401);
    for (const format of ['opaque', 'jwt'] as const) {
      await scopes.changeResourceServer({
        actorId: scene.ana.accountId,
        identifier: resourceOf(format),
        introspectionClientIds: [api.clientId],
      });
    }
    for (const token of issued) {
      const answer = await call(api, token);
      expect(answer.status, api.output()).to.equal(200);
      expect(await answer.json()).to.deep.equal({ caller: scene.ana.accountId });
    }
    await db.transaction((tx) => tokens.revokeGrants(tx, { clientId: shop.clientId }));
    for (const token of issued) expect((await call(api, token)).status).to.equal(401);
  });

  it('refuse JWTs in the usual settings of a local check, because of their type at+jwt', async () => {
    const api = await open('plain-jwt');
    const answer = await call(api, await tokenFor('jwt'));
    expect(answer.status).to.equal(401);
    expect(answer.headers.get('www-authenticate')).to.match(/typ/);
  });

  it('accept JWTs with the decoder for access tokens, and no token of another API', async () => {
    const api = await open('at-jwt');
    const answer = await call(api, await tokenFor('jwt'));
    expect(answer.status, api.output()).to.equal(200);
    expect(await answer.json()).to.deep.equal({ caller: scene.ana.accountId });
    expect((await call(api, await tokenFor('opaque'))).status).to.equal(401);
  });
});
