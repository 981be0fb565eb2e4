import { expect } from 'chai';

import { type InteropApis, openApis, resourceOf } from './api-scene.ts';
import type { AppProcess } from './app-process.ts';
import { mavenJar } from './toolchains.ts';

describe('APIs with the resource server of Spring Security', function () {
  this.timeout(120_000);
  let apis: InteropApis;
  let jar: string;

  before(async function () {
    this.timeout(600_000);
    jar = mavenJar('spring-api');
    apis = await openApis();
  });
  after(() => apis?.close());

  const open = (profile: string): Promise<AppProcess> =>
    apis.scene.open({
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
          CLIENT_OF_TOKENS: apis.shopId,
          RESOURCE: resourceOf('jwt'),
        },
        startSeconds: 60,
      }),
    });

  const call = (api: AppProcess, token: string): Promise<Response> =>
    fetch(`${api.url}/orders`, { headers: { authorization: `Bearer ${token}` } });

  it('accept opaque tokens and JWTs by introspection, and refuse both once the grant has ended', async () => {
    const api = await open('introspection');
    const issued = [await apis.tokenFor('opaque'), await apis.tokenFor('jwt')];
    // The API may not introspect the tokens yet.
    expect((await call(api, issued[0] ?? '')).status).to.equal(401);
    await apis.permitIntrospection(api);
    for (const token of issued) {
      const answer = await call(api, token);
      expect(answer.status, api.output()).to.equal(200);
      expect(await answer.json()).to.deep.equal({ caller: apis.scene.ana.accountId });
    }
    await apis.endGrants();
    for (const token of issued) expect((await call(api, token)).status).to.equal(401);
  });

  it('refuse JWTs with the default decoder, because of their type at+jwt', async () => {
    const api = await open('plain-jwt');
    const answer = await call(api, await apis.tokenFor('jwt'));
    expect(answer.status).to.equal(401);
    expect(answer.headers.get('www-authenticate')).to.match(/typ/);
  });

  it('accept JWTs with the decoder for access tokens, and refuse tokens of another API', async () => {
    const api = await open('at-jwt');
    const answer = await call(api, await apis.tokenFor('jwt'));
    expect(answer.status, api.output()).to.equal(200);
    expect(await answer.json()).to.deep.equal({ caller: apis.scene.ana.accountId });
    expect((await call(api, await apis.tokenFor('opaque'))).status).to.equal(401);
  });
});
