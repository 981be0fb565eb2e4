import { setTimeout as pause } from 'node:timers/promises';

import { expect } from 'chai';

import { connectApp } from '../support/people/connect-app.ts';
import { createPerson, type TestPerson, visitorAt } from '../support/people/people.ts';
import { type RedisGroup, startCluster, startSentinels } from './redis-group.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../support/people/third-party-app.ts';

for (const [name, start] of [
  ['Redis behind sentinels', startSentinels],
  ['A Redis cluster', startCluster],
] as const) {
  describe(`${name} whose master is killed`, function () {
    this.timeout(120_000);
    let redis: RedisGroup;
    let server: TestServer;
    let ana: TestPerson;
    let app: ThirdPartyApp;

    before(async () => {
      redis = await start();
      server = await startTestServer({
        config: { redisUrl: redis.url, rateLimits: { isOn: true, multiplier: 1_000 } },
      });
      ana = await createPerson(server.connected);
      app = await registerThirdPartyApp(server, ana.accountId);
    });
    after(async () => {
      await server?.stop();
      await redis?.stop();
    });

    const signsIn = async (): Promise<string> =>
      (await connectApp({ visitor: visitorAt(server.url), app, person: ana })).access_token;
    /** @returns the error message, or null. */
    const trySignIn = async (): Promise<string | null> => {
      try {
        await signsIn();
        return null;
      } catch (error) {
        return (error as Error).message;
      }
    };

    it('serves sign-ins without errors before that', async () => {
      for (let count = 0; count < 10; count += 1) expect(await signsIn()).to.be.a('string');
      const [errors] = await server.connected.instruments.redisErrors.measure.read();
      expect(errors?.value).to.equal(0);
      expect((await fetch(`${server.url}/health/ready`)).status).to.equal(200);
    });

    it('serves sign-ins again within seconds', async () => {
      await redis.killMaster();
      const deadline = performance.now() + 30_000;
      let successes = 0;
      let last: string | null = null;
      // In a cluster a master has only some of the keys, so one success is not enough.
      while (successes < 10 && performance.now() < deadline) {
        last = await trySignIn();
        successes = last === null ? successes + 1 : 0;
        if (last !== null) await pause(200);
      }
      expect(successes, String(last)).to.equal(10);
      expect((await fetch(`${server.url}/health/ready`)).status).to.equal(200);
    });
  });
}
