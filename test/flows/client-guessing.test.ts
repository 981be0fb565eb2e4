import { expect } from 'chai';

import { createPerson } from '../support/people.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { registerThirdPartyApp } from '../support/third-party-app.ts';

describe('Guessing the secret of an app', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ config: { rateLimits: { isOn: true, multiplier: 1 } } });
  });
  after(() => server.stop());

  it('is stopped after 30 wrong secrets in a minute, at every endpoint that takes one', async () => {
    const owner = await createPerson(server.connected);
    const app = await registerThirdPartyApp(server, owner.accountId);
    const guess = (path: string, secret: string): Promise<Response> =>
      fetch(`${server.url}${path}`, {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'client_credentials', token: 'x' }),
        headers: {
          authorization: `Basic ${Buffer.from(`${app.clientId}:${secret}`).toString('base64')}`,
        },
      });
    const statuses: number[] = [];
    for (let turn = 0; turn < 31; turn += 1) statuses.push((await guess('/token', 'wrong')).status);
    expect(new Set(statuses)).to.deep.equal(new Set([401]));

    for (const path of ['/token', '/token/introspection', '/token/revocation', '/par']) {
      const answer = await guess(path, app.clientSecret);
      expect(answer.status, path).to.equal(429);
      expect(Number(answer.headers.get('retry-after'))).to.be.greaterThan(0);
    }
  });
});
