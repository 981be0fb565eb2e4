import { expect } from 'chai';

import { createHttpDriver } from '../../bench/http-driver.ts';
import { scenarios } from '../../bench/scenarios/index.ts';
import { startBetterAuth } from '../../bench/subjects/better-auth.ts';

describe('The peer of the benchmark', function () {
  this.timeout(120_000);

  it('has every scenario', async () => {
    const subject = await startBetterAuth({
      signingAlgorithm: 'ES256',
      accounts: 1,
      profileFolder: null,
    });
    const http = createHttpDriver({ port: subject.port, connections: 1 });
    try {
      for (const scenario of scenarios) {
        const stage = { subject, http, concurrency: 1, revocations: 1 };
        const [operation] = await scenario.prepare(stage);
        expect(await operation?.(), scenario.name).to.equal('done');
      }
    } finally {
      http.close();
      await subject.stop();
    }
  });
});
