import { expect } from 'chai';

import { createPerson } from '../support/people/people.ts';
import { type Calls, countCalls, countCrypto } from '../support/measurement/count-calls.ts';
import { browserAt, startGateway } from './gateway-scene.ts';
import { openVerifyScene, SITE_APIS, type VerifyInput, type VerifyScene } from './verify-scene.ts';

/** The most that one check may cost: no more than introspection. A lower figure is progress: lower the bound. */
const BOUNDS: Readonly<Record<string, Calls>> = {
  'an opaque token': { statements: 0, commands: 0, crypto: 3 },
  'a JWT': { statements: 0, commands: 0, crypto: 3 },
  'a cookie': { statements: 0, commands: 0, crypto: 3 },
};

describe('The cost of a check of a gateway, with Redis', function () {
  this.timeout(60_000);
  let scene: VerifyScene;

  before(async () => {
    scene = await openVerifyScene({ hasRedis: true });
  });
  after(() => scene?.stop());

  const requests: Readonly<Record<string, () => Promise<VerifyInput>>> = {
    'an opaque token': async () => {
      const { accessToken: token } = await scene.tokensOf({ resource: SITE_APIS.opaque });
      return { token };
    },
    'a JWT': async () => {
      const { accessToken: token } = await scene.tokensOf({ resource: SITE_APIS.jwt });
      return { token };
    },
    'a cookie': async () => {
      const site = await startGateway(scene.fast);
      const visitor = browserAt(site);
      await site.enter(visitor, await createPerson(scene.fast.connected));
      await site.stop();
      const cookie = visitor.cookies.header(new URL(site.url));
      return { identity: site.identity, headers: [`Cookie: ${cookie}`, 'X-Forwarded-Uri: /a'] };
    },
  };
  for (const [name, bound] of Object.entries(BOUNDS)) {
    it(`is within its bound: ${name}`, async () => {
      const input = await (requests[name] ?? expect.fail(name))();
      // The first request fills the copies of this node.
      expect((await scene.verify(input)).status).to.equal(200);
      const calls = countCalls(scene.fast.connected);
      const { stop } = countCrypto(calls);
      const answer = await scene.verify(input);
      stop();
      expect(answer.status).to.equal(200);
      for (const kind of ['statements', 'commands', 'crypto'] as const) {
        expect(calls[kind], `${kind} of ${JSON.stringify(calls)}`).to.be.at.most(bound[kind]);
      }
    });
  }
});
