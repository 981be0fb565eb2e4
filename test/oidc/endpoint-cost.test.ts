import { expect } from 'chai';

import { introspection, machine, post, revocation, userinfo } from './fast-path-requests.ts';
import { type Connection, type FastPathScene, openFastPathScene } from './fast-path-scene.ts';
import { type RawRequest, sendRaw } from './raw-request.ts';
import { type Calls, countCalls, countCrypto } from '../support/measurement/count-calls.ts';
import type { ThirdPartyApp } from '../support/people/third-party-app.ts';

/**
 * The most that one request may cost. A lower figure is progress: lower the bound. Each new token costs two operations: its nonce and
 * its encryption.
 */
const BOUNDS: Readonly<Record<string, Calls>> = {
  client_credentials: { statements: 0, commands: 0, crypto: 3 },
  introspection: { statements: 0, commands: 0, crypto: 3 },
  userinfo: { statements: 1, commands: 0, crypto: 5 },
  revocation: { statements: 1, commands: 0, crypto: 4 },
  refresh: { statements: 1, commands: 0, crypto: 4 },
};

describe('The cost of a request to the hot endpoints, with Redis', function () {
  this.timeout(60_000);
  let scene: FastPathScene;
  let ana: Connection;
  let service: ThirdPartyApp;

  before(async () => {
    scene = await openFastPathScene(true);
    service = await scene.registerMachine();
    ana = await scene.connectPerson({
      parameters: { scope: 'openid profile email offline_access', prompt: 'consent' },
    });
  });
  after(() => scene?.stop());

  const send = async (request: RawRequest): Promise<Record<string, unknown>> => {
    const { head, body } = await sendRaw(scene.ports[0], request);
    expect(head).to.match(/^HTTP\/1.1 200/);
    return body === '' ? {} : (JSON.parse(body) as Record<string, unknown>);
  };
  const issue = async (): Promise<string> =>
    String((await send(machine(service, {})))['access_token']);

  const requests: Readonly<Record<string, () => Promise<RawRequest>>> = {
    client_credentials: async () => machine(service, {}),
    introspection: async () => introspection(ana.token, ana.app),
    userinfo: async () => userinfo(ana.token),
    revocation: async () => revocation(await issue(), service),
    refresh: async () =>
      post('/token', ana.app, { grant_type: 'refresh_token', refresh_token: ana.refreshToken }),
  };
  for (const [name, bound] of Object.entries(BOUNDS)) {
    it(`is within its bound: ${name}`, async () => {
      const makeRequest = requests[name] ?? expect.fail(name);
      // The first request fills the copies of this node.
      await send(await makeRequest());
      const request = await makeRequest();
      const calls = countCalls(scene.fast.connected);
      const { stop } = countCrypto(calls);
      await send(request);
      stop();
      for (const kind of ['statements', 'commands', 'crypto'] as const) {
        expect(calls[kind], `${kind} of ${JSON.stringify(calls)}`).to.be.at.most(bound[kind]);
      }
    });
  }
});
