import { expect } from 'chai';

import { runCommand } from '../cli/run-command.ts';
import { TEST_ENVIRONMENT } from '../support/config.ts';
import { waitFor } from '../support/wait-for.ts';
import { createPerson, signIn, type TestPerson, visitorAt } from '../support/people/people.ts';
import { type PostgresPair, startPostgresPair } from './postgres-pair.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import {
  registerThirdPartyApp,
  type ThirdPartyApp,
  type Tokens,
} from '../support/people/third-party-app.ts';
import { answerConsent } from '../support/people/connect-app.ts';

const SCOPE = 'openid profile email offline_access';

for (const change of ['is demoted and still serves reads', 'is stopped'] as const) {
  describe(`A database address with two servers whose primary ${change}`, function () {
    this.timeout(120_000);
    let pair: PostgresPair;
    let server: TestServer;
    let ana: TestPerson;
    let app: ThirdPartyApp;
    let tokens: Tokens;

    before(async () => {
      pair = await startPostgresPair();
      server = await startTestServer({
        databaseUrl: pair.url(),
        config: { keyStoreUrl: pair.keyStoreUrl },
      });
      ana = await createPerson(server.connected, { values: { name: ['Ana Petrova'] } });
      app = await registerThirdPartyApp(server, ana.accountId);
    });
    after(async () => {
      await server?.stop();
      await pair?.stop();
    });

    const signsIn = async (): Promise<Tokens> => {
      const visitor = visitorAt(server.url);
      const attempt = await app.begin(visitor, { scope: SCOPE });
      await signIn(visitor, ana);
      await answerConsent({ visitor, app, person: ana });
      return attempt.finish();
    };
    const addresses = async (): Promise<readonly string[]> => {
      const { rows } = await server.connected.db.pool.query<{ port: string }>(
        `select current_setting('port') as port from generate_series(1, 10)`,
      );
      return [...new Set(rows.map(({ port }) => port))];
    };

    it('is used at the server that accepts writes', async () => {
      tokens = await signsIn();
      expect(await addresses()).to.deep.equal([
        (await pair.query('first', 'show port'))[0]?.['port'],
      ]);
      expect(server.connected.feed.isFresh()).to.equal(true);
      const standby = { ...TEST_ENVIRONMENT, DATABASE_URL: pair.serverUrl('second') };
      const { code, output } = await runCommand(['doctor'], standby);
      expect(code).to.equal(1);
      expect(output).to.match(/^wrong database +this is a read-only standby: name the primary/m);
    });

    it('works at the new primary within seconds: sign-ins, refreshes and the change feed', async () => {
      await (change === 'is stopped' ? pair.failOver() : pair.demote());
      const port = (await pair.query('second', 'show port'))[0]?.['port'];
      await waitFor(
        'the node to be ready',
        async () => (await fetch(`${server.url}/health/ready`)).status === 200,
        20_000,
      );
      await waitFor('the feed to be fresh', () => server.connected.feed.isFresh(), 10_000);
      expect(await addresses()).to.deep.equal([port]);
      await signsIn();
      const refreshed = await fetch(`${server.url}/token`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(`${app.clientId}:${app.clientSecret}`).toString('base64')}`,
        },
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          refresh_token: tokens.refresh_token ?? '',
        }),
      });
      expect(refreshed.status).to.equal(200);
      const userinfo = await fetch(`${server.url}/userinfo`, {
        headers: { authorization: `Bearer ${tokens.access_token}` },
      });
      expect(userinfo.status).to.equal(200);
    });

    it('has no connections left to the old primary, and jobs run at the new one', async () => {
      const waiting = async (): Promise<number> => {
        const queues = await server.connected.jobs.list();
        return queues.find(({ name }) => name === 'send-mail')?.waiting ?? 0;
      };
      await waitFor('all mails to be sent', async () => (await waiting()) === 0, 40_000);
      if (change === 'is stopped') return;
      await waitFor(
        'all old connections to be closed',
        async () =>
          (
            await pair.query(
              'first',
              `select from pg_stat_activity where application_name like 'consentry%'`,
            )
          ).length === 0,
        10_000,
      );
    });
  });
}
