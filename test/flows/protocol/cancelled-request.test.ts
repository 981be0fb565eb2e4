import { expect } from 'chai';

import { createPerson, visitorAt } from '../../support/people/people.ts';
import { startRedis } from '../../support/servers/redis.ts';
import type { RedisServer } from '../../support/servers/redis-server.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../../support/people/third-party-app.ts';
import { LARGE_REQUEST } from './paused-sign-in.ts';

for (const mode of ['Postgres alone', 'Redis'] as const) {
  describe(`A sign-in too large for a cookie, ${mode}`, () => {
    let redis: RedisServer | null = null;
    let server: TestServer;
    let app: ThirdPartyApp;

    before(async () => {
      redis = mode === 'Redis' ? await startRedis() : null;
      server = await startTestServer({ config: { redisUrl: redis?.url ?? null } });
      const { accountId } = await createPerson(server.connected);
      app = await registerThirdPartyApp(server, accountId);
    });
    after(async () => {
      await server.stop();
      await redis?.stop();
    });

    const stored = async (): Promise<number> => {
      const { db, redis: client } = server.connected;
      if (client !== null) return (await client.keys('*Interaction:*')).length;
      const text = 'select 1 from interactions';
      return (await db.query({ name: 'test-stored-interactions', text })).length;
    };

    it('is deleted from the store when the person cancels it', async () => {
      const visitor = visitorAt(server.url);
      const attempt = await app.begin(visitor, LARGE_REQUEST);
      expect(await stored()).to.equal(1);
      await visitor.submitForm('form[action$="/cancel"]');
      expect(attempt.answer().get('error')).to.equal('access_denied');
      expect(await stored()).to.equal(0);
    });
  });
}
