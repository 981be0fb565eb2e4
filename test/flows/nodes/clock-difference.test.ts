import { expect } from 'chai';

import { appAt } from '../../support/people/app-calls.ts';
import { answerConsent } from '../../support/people/connect-app.ts';
import { createTestDatabase, type TestDatabase } from '../../support/servers/database.ts';
import { startNode, type ServerNode } from '../../support/servers/node.ts';
import { createPerson, signIn, type TestPerson, visitorAt } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../../support/people/third-party-app.ts';
import { waitFor } from '../../support/wait-for.ts';

/** Below the difference at which a node is not ready. */
const DIFFERENCE_SECONDS = 4;

function shiftedClock(seconds: number): string {
  const shift = `const now = Date.now; Date.now = () => now() + ${String(seconds * 1_000)};`;
  return `--import=data:text/javascript,${encodeURIComponent(shift)}`;
}

for (const seconds of [DIFFERENCE_SECONDS, -DIFFERENCE_SECONDS]) {
  describe(`A node whose clock is ${String(Math.abs(seconds))} s ${seconds > 0 ? 'ahead' : 'behind'}`, function () {
    this.timeout(60_000);
    let database: TestDatabase;
    let other: TestServer;
    let node: ServerNode;
    let ana: TestPerson;
    let app: ThirdPartyApp;

    before(async () => {
      database = await createTestDatabase();
      node = await startNode({
        databaseUrl: database.url,
        env: { NODE_OPTIONS: shiftedClock(seconds) },
      });
      other = await startTestServer({ databaseUrl: database.url, config: { issuer: node.issuer } });
      ana = await createPerson(other.connected);
      app = await registerThirdPartyApp(
        { url: node.issuer, connected: other.connected },
        ana.accountId,
      );
    });
    after(async () => {
      await node?.stop();
      await other?.stop();
      await database?.drop();
    });

    it('refuses older tokens after a sign-out everywhere, and accepts those issued after it', async () => {
      const there = appAt(`http://localhost:${String(other.config.port)}`, app);
      const atNode = appAt(node.url, app);
      const visitor = visitorAt(node.issuer);
      const begin = async () => {
        const attempt = await app.begin(visitor);
        await signIn(visitor, ana);
        await answerConsent({ visitor, app, person: ana });
        return (await attempt.finish()).access_token;
      };
      const isAlive = async (token: string): Promise<boolean[]> => [
        !(await atNode.userinfo(token)).isRefused,
        !(await there.userinfo(token)).isRefused,
      ];
      const older = await begin();
      expect(await isAlive(older)).to.deep.equal([true, true]);
      await other.connected.accounts.signOutEverywhere({ accountId: ana.accountId });
      // The message needs milliseconds; the clocks stay apart.
      await waitFor('the session to have ended at the node', async () => {
        await visitor.get(`${node.issuer}/account/security`);
        return visitor.page.url.pathname !== '/account/security';
      });
      const newer = await begin();
      expect(await isAlive(newer)).to.deep.equal([true, true]);
      expect(await isAlive(older)).to.deep.equal([false, false]);
      await visitor.get(`${node.issuer}/account/security`);
      expect(visitor.page.url.pathname).to.equal('/account/security');
    });
  });
}
