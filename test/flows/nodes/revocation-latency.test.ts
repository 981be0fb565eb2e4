import { expect } from 'chai';

import {
  startInstallation,
  STORAGE_MODES,
  type Installation,
} from '../../support/servers/installation.ts';
import { startNode } from '../../support/servers/node.ts';
import { waitFor } from '../../support/wait-for.ts';

for (const mode of STORAGE_MODES) {
  describe(`The measured latency of a revocation, ${mode}`, function () {
    this.timeout(60_000);
    let installation: Installation;

    before(async () => {
      installation = await startInstallation(mode);
    });
    after(() => installation?.stop());

    const last = () => installation.connected.tokens.revocationRounds.last();
    const measure = async (): Promise<void> => {
      const before = (await last())?.finishedAt.getTime();
      const { db, jobs } = installation.connected;
      await jobs.enqueue(db, { name: 'measure-revocation', data: {} });
      await waitFor(
        'a new measurement',
        async () => (await last())?.finishedAt.getTime() !== before,
        20_000,
      );
    };

    // New nodes load code for their first measurement, and may join it too late.
    before(() => measure());

    it('is the time until every node refuses, below the bound', async () => {
      await measure();
      const result = await last();
      expect(result?.nodes).to.equal(2);
      expect(result?.seconds).to.be.greaterThan(0).and.below(1);
    });

    it('can be measured repeatedly', async () => {
      await measure();
      await measure();
      expect((await last())?.nodes).to.equal(2);
    });

    it('is in the discovery documents of every node, with the bound', async () => {
      await measure();
      const result = await last();
      for (const { url } of installation.nodes) {
        for (const name of ['openid-configuration', 'oauth-authorization-server']) {
          await waitFor('the new document', async () => {
            const response = await fetch(`${url}/.well-known/${name}`);
            const document = (await response.json()) as Record<string, unknown>;
            expect(document['revocation_latency_bound_seconds']).to.equal(1);
            const at = document['revocation_latency_measured_at'];
            return at === Math.floor((result?.finishedAt.getTime() ?? 0) / 1000);
          });
        }
      }
    });

    it('logs its expected refusals at level debug, unlike a refusal of an app', async () => {
      const { issuer, redisUrl, connected } = installation;
      const node = await startNode({
        databaseUrl: connected.config.databaseUrl,
        ...(redisUrl !== null && { redisUrl }),
        issuer,
        env: { LOG_LEVEL: 'info' },
      });
      try {
        // A new node may join its first measurement too late.
        await measure();
        await measure();
        expect((await last())?.nodes).to.equal(3);
        const headers = {
          authorization: 'Bearer unknown',
          'x-consentry-own-request': 'not the mark of this process',
        };
        await fetch(`${node.url}/userinfo`, { headers });
        const refused = () =>
          node
            .output()
            .split('\n')
            .filter((line) => line.includes('"status":401'));
        await waitFor('the line of the app', async () => refused().length > 0);
        expect(refused()).to.have.length(1);
      } finally {
        await node.stop();
      }
    });

    it('leaves no usable token and no ledger entry', async () => {
      await measure();
      const { pool } = installation.connected.db;
      const rounds = await pool.query(
        'select from revocation_rounds where length(sealed_token) > 0',
      );
      expect(rounds.rowCount).to.equal(0);
      const releases = await pool.query(`select from releases where client_id = 'consentry-probe'`);
      expect(releases.rowCount).to.equal(0);
    });
  });
}
