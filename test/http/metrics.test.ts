import { expect } from 'chai';

import { startTestServer, type TestServer } from '../support/servers/server.ts';

describe('GET /metrics', () => {
  let open: TestServer;
  let guarded: TestServer;
  before(async () => {
    open = await startTestServer();
    guarded = await startTestServer({
      config: { metrics: { isServed: true, token: 'a-token-of-the-monitoring-system' } },
    });
  });
  after(async () => {
    await open?.stop();
    await guarded?.stop();
  });

  it('reports the revocation latency, its bound and the waiting jobs', async () => {
    const rounds = open.connected.tokens.revocationRounds;
    const id = await rounds.begin('a-token');
    await rounds.watch(id, 'this-node');
    await rounds.startTime(id);
    await rounds.noteRefusal(id, 'this-node');
    await rounds.finish(id);
    await open.connected.db.transaction((tx) =>
      open.connected.jobs.enqueue(tx, {
        name: 'send-mail',
        data: { id: '00000000-0000-4000-8000-000000000000' },
        runAt: new Date(Date.now() + 3_600_000),
      }),
    );
    const response = await fetch(`${open.url}/metrics`);
    const text = await response.text();
    expect(response.headers.get('content-type')).to.match(/^text\/plain; version=/);
    expect(text).to.match(/^consentry_revocation_latency_bound_seconds 1$/m);
    expect(text).to.match(/^consentry_revocation_latency_seconds 0\.\d+$/m);
    expect(text).to.match(/^consentry_revocation_measured_nodes 1$/m);
    expect(text).to.match(/^consentry_jobs\{queue="send-mail",state="waiting"\} 1$/m);
    expect(text).to.match(/^process_resident_memory_bytes \d+/m);
    expect(text).to.match(/^consentry_requests_in_flight 1$/m);
    expect(text).to.match(/^consentry_requests_waiting 0$/m);
    expect(text).to.match(/^consentry_requests_refused_total 0$/m);
    expect(text).to.match(/^consentry_clock_difference_seconds -?\d/m);
  });

  it('reports NaN as the revocation latency before the first measurement', async () => {
    const fresh = await startTestServer();
    const text = await (await fetch(`${fresh.url}/metrics`)).text();
    await fresh.stop();
    expect(text).to.match(/^consentry_revocation_latency_seconds NaN$/im);
  });

  it('requires the configured token', async () => {
    const read = async (headers: Record<string, string>): Promise<number> =>
      (await fetch(`${guarded.url}/metrics`, { headers })).status;
    expect(await read({})).to.equal(401);
    expect(await read({ authorization: 'Bearer wrong' })).to.equal(401);
    expect(await read({ authorization: 'Bearer a-token-of-the-monitoring-system' })).to.equal(200);
  });

  it('is absent in production without its setting', async () => {
    const server = await startTestServer({
      config: { metrics: { isServed: false, token: null } },
    });
    const { status } = await fetch(`${server.url}/metrics`);
    await server.stop();
    expect(status).to.equal(404);
  });
});
