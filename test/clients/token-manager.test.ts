import { expect } from 'chai';

import { answerConsent, beginAt } from '../support/people/connect-app.ts';
import { createPerson, visitorAt, type TestPerson } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../support/people/third-party-app.ts';

describe('A token with `clients:manage` of an administrator', () => {
  let server: TestServer;
  let administrator: TestPerson;
  let own: ThirdPartyApp;
  let foreign: ThirdPartyApp;
  let token: string;

  before(async () => {
    server = await startTestServer();
    administrator = await createPerson(server.connected, { isAdministrator: true });
    const developer = await createPerson(server.connected);
    own = await registerThirdPartyApp(server, administrator.accountId);
    foreign = await registerThirdPartyApp(server, developer.accountId);
    const tool = await registerThirdPartyApp(server, developer.accountId, {
      scopes: ['openid', 'clients:manage'],
    });
    const visitor = visitorAt(server.url);
    const input = { visitor, app: tool, person: administrator };
    const attempt = await beginAt({ ...input, parameters: { scope: 'openid clients:manage' } });
    await answerConsent({ ...input, choices: { 'scope.clients:manage': 'allow' } });
    token = (await attempt.finish()).access_token;
  });
  after(() => server.stop());

  const call = (method: string, path: string, body?: object): Promise<Response> =>
    fetch(`${server.url}/api/v1/clients/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  it('manages the apps of that person', async () => {
    expect((await call('GET', own.clientId)).status).to.equal(200);
  });

  it('reaches no app of another person: people allow it for “apps that belong to you”', async () => {
    const { clientId } = foreign;
    const answers = [
      await call('GET', clientId),
      await call('PATCH', clientId, { name: 'Taken over' }),
      await call('PUT', `${clientId}/requests`, { requests: [] }),
      await call('GET', `${clientId}/secrets`),
      await call('POST', `${clientId}/secrets`, { overlapSeconds: 0 }),
      await call('DELETE', clientId),
    ];
    expect(answers.map(({ status }) => status)).to.deep.equal([404, 404, 404, 404, 404, 404]);
  });
});
