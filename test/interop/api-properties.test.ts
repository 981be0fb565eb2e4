import { randomInt } from 'node:crypto';

import { expect } from 'chai';

import { checkApi } from '../flows/api/api-properties.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';

/** `FUZZ_SEED` repeats a run; `FUZZ_RUNS` makes it longer. */
const SEED = Number(process.env['FUZZ_SEED'] ?? randomInt(2 ** 31));
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 6_000);
const MINUTES = 4;

describe('The JSON API under many generated requests', function () {
  this.timeout((MINUTES + 4) * 60_000);
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ redis: true });
  });
  after(() => server.stop());

  it(`matches its OpenAPI document (FUZZ_SEED=${String(SEED)} FUZZ_RUNS=${String(RUNS)})`, async () => {
    const statuses = await checkApi(server, {
      seed: SEED,
      runs: RUNS,
      milliseconds: MINUTES * 60_000,
      isThorough: true,
    });
    expect(statuses.get(200) ?? 0).to.be.above(100);
  });
});
