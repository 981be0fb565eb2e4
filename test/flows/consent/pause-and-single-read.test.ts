import { expect } from 'chai';

import { appAt, type AppCalls } from '../../support/people/app-calls.ts';
import { connectApp } from '../../support/people/connect-app.ts';
import {
  startInstallation,
  STORAGE_MODES,
  type Installation,
} from '../../support/servers/installation.ts';
import { createPerson, visitorAt, type TestPerson } from '../../support/people/people.ts';
import {
  registerThirdPartyApp,
  type ThirdPartyApp,
  type Tokens,
} from '../../support/people/third-party-app.ts';

const READS = 50;
const MOST_MS = 1_000;

for (const mode of STORAGE_MODES) {
  describe(`Temporary consents on two nodes, ${mode}`, function () {
    this.timeout(60_000);
    let installation: Installation;
    let ana: TestPerson;
    let app: ThirdPartyApp;
    let nodes: readonly [AppCalls, AppCalls];

    before(async () => {
      installation = await startInstallation(mode);
      const { connected, issuer } = installation;
      ana = await createPerson(connected, { values: { name: ['Ana Petrova'] } });
      app = await registerThirdPartyApp({ url: issuer, connected }, ana.accountId);
      nodes = [appAt(installation.nodes[0].url, app), appAt(installation.nodes[1].url, app)];
    });
    after(() => installation?.stop());

    const connect = (choices: Record<string, string> = {}): Promise<Tokens> =>
      connectApp({
        visitor: visitorAt(installation.issuer),
        app,
        person: ana,
        parameters: { scope: 'openid profile email offline_access', prompt: 'consent' },
        choices: {
          'claim.name': ana.attributeIds['name']?.[0] ?? '',
          'claim.email': ana.attributeIds['email']?.[0] ?? '',
          ...choices,
        },
      });
    const within = async (wanted: () => Promise<boolean>): Promise<number> => {
      const startedAt = performance.now();
      while (!(await wanted())) {
        if (performance.now() - startedAt > 5 * MOST_MS) return Number.POSITIVE_INFINITY;
      }
      return performance.now() - startedAt;
    };

    it(`"once" releases the value to one of ${String(READS)} concurrent reads on both nodes`, async () => {
      const { access_token: token } = await connect({ 'duration.email': 'once' });
      const answers = await Promise.all(
        Array.from({ length: READS }, (_none, index) =>
          nodes[index % 2 === 0 ? 0 : 1].userinfo(token),
        ),
      );
      const bodies = answers.map(({ body }) => body);
      expect(bodies.filter((body) => 'email' in body)).to.have.length(1);
      expect(bodies.filter((body) => 'name' in body)).to.have.length(READS);
      const { ledger } = installation.connected;
      const rows = await ledger.list({ accountId: ana.accountId, claim: 'email', limit: 9 });
      expect(rows).to.have.length(1);
    });

    it('a pause takes effect on the other node within a second, and so does a resumption', async () => {
      const tokens = await connect();
      const [, other] = nodes;
      expect((await other.userinfo(tokens.access_token)).body).to.have.property('name');
      const { db, consents } = installation.connected;
      await db.query({
        name: 'test-age',
        text: `update consents set updated_at = now() - interval '91 days',
          last_read_seen_at = null where client_id = $1`,
        values: [app.clientId],
      });
      await db.query({
        name: 'test-forget-reads',
        text: `update releases set client_id = 'other' where client_id = $1`,
        values: [app.clientId],
      });
      expect(await consents.pauseUnused()).to.equal(1);
      const isRefused = async () => (await other.userinfo(tokens.access_token)).isRefused;
      expect(await within(isRefused)).to.be.lessThan(MOST_MS);
      expect((await other.introspect(tokens.access_token)).isRefused).to.equal(true);
      const refused = await other.refresh(tokens.refresh_token ?? '');
      expect(refused.body).to.deep.include({ error: 'invalid_grant' });
      expect((await other.profile(tokens.access_token)).isRefused).to.equal(true);

      await consents.resume({ accountId: ana.accountId, clientId: app.clientId, locale: 'en' });
      expect(await within(async () => !(await isRefused()))).to.be.lessThan(MOST_MS);
      // The refusal did not use the refresh token up.
      expect((await other.refresh(tokens.refresh_token ?? '')).isRefused).to.equal(false);
    });

    it('a paused consent can be resumed at the next sign-in with the earlier choices', async () => {
      await connect();
      const { db, feed } = installation.connected;
      await db.transaction(async (tx) => {
        await tx.query({
          name: 'test-pause',
          text: 'update consents set suspended_at = now() where client_id = $1',
          values: [app.clientId],
        });
        await feed.publish(tx, 'consent', `${ana.accountId}:${app.clientId}`);
      });
      const key = { accountId: ana.accountId, clientId: app.clientId };
      await within(
        async () => (await installation.connected.consents.find(key))?.suspendedAt !== null,
      );
      const visitor = visitorAt(installation.issuer);
      const tokens = await connectApp({
        visitor,
        app,
        person: ana,
        parameters: { scope: 'openid profile email' },
      });
      const { body } = await nodes[0].userinfo(tokens.access_token);
      expect(body).to.include({ name: 'Ana Petrova', email: ana.email });
    });
  });
}
