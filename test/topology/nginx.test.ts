import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect } from 'chai';

import { findNginxPorts, startNginx, type Nginx } from './nginx.ts';
import { createTrustingFetch } from './trusting-fetch.ts';

describe('deploy/nginx in front of two nodes', () => {
  let nginx: Nginx;
  let nodes: readonly EchoNode[];
  let send: typeof fetch;

  before(async function () {
    // The first run may have to fetch nginx.
    this.timeout(120_000);
    nodes = await Promise.all([startEchoNode(), startEchoNode()]);
    nginx = await startNginx(
      await findNginxPorts(),
      nodes.map(({ port }) => port),
    );
    send = createTrustingFetch(nginx.certificate);
  });

  beforeEach(() => {
    for (const node of nodes) node.seen.length = 0;
  });

  after(async () => {
    await nginx.stop();
    for (const node of nodes) await node.stop();
  });

  it('spreads requests over the nodes without stickiness', async () => {
    for (let turn = 0; turn < 4; turn += 1) await send(`${nginx.url}/`);
    expect(nodes.map(({ seen }) => seen.length)).to.deep.equal([2, 2]);
  });

  it('tells the nodes who called, and drops what the caller claims about it', async () => {
    const forged = {
      'x-forwarded-for': '203.0.113.7',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'http',
      'x-real-ip': '203.0.113.7',
      'x-request-id': 'chosen-by-the-caller',
      forwarded: 'for=203.0.113.7',
    };
    await send(`${nginx.url}/`, { headers: forged });
    const headers = nodes.flatMap(({ seen }) => seen)[0]?.headers ?? {};
    expect(headers).to.include({
      host: new URL(nginx.url).host,
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': new URL(nginx.url).host,
    });
    expect(headers).to.not.have.any.keys('x-real-ip', 'forwarded');
    expect(headers['x-request-id']).to.match(/^[0-9a-f]{32}$/);
  });

  it('never sends a POST to a second node after the first got it', async () => {
    const response = await send(`${nginx.url}/breaks-off`, { method: 'POST', body: 'a=1' });
    expect(response.status).to.equal(502);
    expect(nodes.flatMap(({ seen }) => seen)).to.have.length(1);
  });

  it('keeps health and metrics for the network behind it', async () => {
    for (const path of ['/health/ready', '/metrics']) {
      expect((await send(nginx.url + path)).status, path).to.equal(404);
    }
    expect(nodes.flatMap(({ seen }) => seen)).to.have.length(0);
  });

  it('sends plain http to https at its own name only', async () => {
    const response = await fetch(`${nginx.plainUrl}/auth?a=1`, {
      redirect: 'manual',
      headers: { host: 'evil.example' },
    });
    expect(response.status).to.equal(308);
    expect(response.headers.get('location')).to.equal(`${nginx.url}/auth?a=1`);
  });

  it('refuses bodies that are larger than any form', async () => {
    const response = await send(nginx.url, { method: 'POST', body: 'x'.repeat(1_100_000) });
    expect(response.status).to.equal(413);
  });
});

interface EchoNode {
  readonly port: number;
  readonly seen: IncomingMessage[];
  stop(): Promise<void>;
}

/** A node that only remembers what it was sent; `/breaks-off` ends the connection without an answer. */
async function startEchoNode(): Promise<EchoNode> {
  const seen: IncomingMessage[] = [];
  const server: Server = createServer((request, response) => {
    seen.push(request);
    request.resume().once('end', () => {
      if (request.url === '/breaks-off') request.socket.destroy();
      else response.end('here');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
