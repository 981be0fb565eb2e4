import { expect } from 'chai';

import { OPERATION_COUNT } from './api-requests.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import { checkApi } from './api-properties.ts';

describe('The JSON API under generated requests', function () {
  this.timeout(120_000);
  let server: TestServer;

  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  it('matches its OpenAPI document, reflects no input and returns no data of another person', async () => {
    expect(OPERATION_COUNT).to.be.above(80);
    const statuses = await checkApi(server, {
      seed: 20_261_130,
      runs: 1_200,
      milliseconds: 12_000,
      isThorough: false,
    });
    // A run in which every request is refused checks nothing.
    for (const status of [200, 400, 401, 403, 404])
      expect(statuses.get(status) ?? 0, String(status)).to.be.above(0);
  });
});
