import { expect } from 'chai';

import { createPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../../support/people/third-party-app.ts';

describe('Guessing the secret of an app', () => {
  let server: TestServer;
  let app: ThirdPartyApp;
  before(async () => {
    server = await startTestServer({ config: { rateLimits: { isOn: true, multiplier: 1 } } });
    const owner = await createPerson(server.connected);
    app = await registerThirdPartyApp(server, owner.accountId);
  });
  after(() => server?.stop());

  const call = (path: string, clientId: string, secret: string): Promise<Response> =>
    fetch(`${server.url}${path}`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'client_credentials', token: 'x' }),
      headers: {
        authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`,
      },
    });
  const guess = async (clientId: string) => {
    const statuses: number[] = [];
    for (let turn = 0; turn < 32; turn += 1) {
      statuses.push((await call('/token', clientId, 'wrong')).status);
    }
    return statuses;
  };
  const EXPECTED = [...Array.from({ length: 30 }, () => 401), 429, 429];

  it('is refused with 429 from the 31st wrong secret within a minute, also for unknown apps', async () => {
    expect(await guess(app.clientId)).to.deep.equal(EXPECTED);
    expect(await guess('no-such-app')).to.deep.equal(EXPECTED);
    for (const path of ['/token', '/token/introspection', '/token/revocation', '/par']) {
      const answer = await call(path, app.clientId, 'wrong');
      expect(answer.status, path).to.equal(429);
      expect(Number(answer.headers.get('retry-after'))).to.be.greaterThan(0);
      expect(await answer.json(), path).to.include({ error: 'temporarily_unavailable' });
    }
  });

  it('does not lock out the app itself or another app at the same address', async () => {
    const right = await call('/token/revocation', app.clientId, app.clientSecret);
    expect(right.status).to.equal(200);
    expect((await call('/token', 'another-app', 'wrong')).status).to.equal(401);
  });

  it('is refused alike at the checks of gateways (B-06)', async () => {
    const owner = await createPerson(server.connected);
    const { clientId, clientSecret } = await registerThirdPartyApp(server, owner.accountId, {
      redirectUris: ['http://localhost:9/.consentry/callback'],
      isGateway: true,
    });
    const check = async (secret: string): Promise<number> => {
      const credentials = Buffer.from(`${clientId}:${secret}`).toString('base64');
      const headers = { 'consentry-gateway': `Basic ${credentials}` };
      return (await fetch(`${server.url}/verify`, { headers })).status;
    };
    const statuses: number[] = [];
    for (let turn = 0; turn < 32; turn += 1) statuses.push(await check('wrong'));
    expect(statuses).to.deep.equal([...Array.from({ length: 30 }, () => 403), 429, 429]);
    expect(await check(clientSecret)).to.equal(401);
  });

  it('keeps few counters for invented client ids', async () => {
    const { db } = server.connected;
    const counters = () =>
      db.query({
        name: 'test-counters',
        text: `select from rate_limits where key ~ 'client-secret'`,
      });
    for (let turn = 0; turn < 150; turn += 1) {
      await call('/token', `invented-${String(turn)}`, 'wrong');
    }
    expect((await counters()).length).to.be.within(2, 70);
  });
});
