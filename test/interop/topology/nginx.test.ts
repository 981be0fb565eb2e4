import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect } from 'chai';

import { openApiText } from '../../../src/cli/commands/openapi.ts';
import { PROTOCOL_ROUTES } from '../../../src/oidc/configuration.ts';
import { allRoutes, type RoutesDeps } from '../../../src/server/routes.ts';
import { waitFor } from '../../support/wait-for.ts';
import { expectUnavailable } from './expect-unavailable.ts';
import { findNginxPorts, startNginx, type Nginx } from './nginx.ts';
import { createTrustingFetch } from './trusting-fetch.ts';

// Routes use their dependencies only when they are called.
const nothing = new Proxy(() => nothing, { get: () => nothing }) as unknown as RoutesDeps;

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

  it('sends the address of the client to the nodes and drops forwarding headers of the client', async () => {
    const forged = {
      'x-forwarded-for': '203.0.113.7',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'http',
      'x-real-ip': '203.0.113.7',
      'x-request-id': 'chosen-by-the-client',
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

  it('never repeats a POST at the second node after the first received it', async () => {
    const response = await send(`${nginx.url}/breaks-off`, { method: 'POST', body: 'a=1' });
    await expectUnavailable(response);
    expect(nodes.flatMap(({ seen }) => seen)).to.have.length(1);
  });

  it('repeats a safe request at the second node when the first closes the connection or responds 502', async () => {
    for (const path of ['/breaks-off-once', '/hands-over-once']) {
      const response = await send(nginx.url + path);
      expect(await response.text(), path).to.equal('here');
    }
  });

  it('passes other responses of a node through, with their headers', async () => {
    for (const status of [200, 303, 400, 429, 500, 503]) {
      const response = await send(`${nginx.url}/status/${String(status)}`);
      expect(response.status).to.equal(status);
      expect(await response.text()).to.equal(`own words of ${String(status)}`);
      expect(response.headers.get('retry-after')).to.equal('7');
    }
  });

  it('does not compress, also where nginx is configured to compress', async () => {
    const headers = { 'accept-encoding': 'gzip, br' };
    const compressed = await send(`${nginx.url}/status/200`, { headers });
    expect(compressed.headers.get('content-encoding')).to.equal(null);
    expect(await compressed.text()).to.equal('own words of 200');
  });

  it('announces to the nodes that it repeats safe requests, and drops that header of the client', async () => {
    await send(`${nginx.url}/`, { headers: { 'x-proxy-retries': 'none' } });
    expect(nodes.flatMap(({ seen }) => seen)[0]?.headers).to.include({
      'x-proxy-retries': 'safe 502',
    });
  });

  it('logs only the first part of known paths, and no part of other paths', async () => {
    const routes = JSON.parse(openApiText()) as { paths: Record<string, unknown> };
    const paths = [
      ...allRoutes(nothing).map(({ path }) => path),
      ...Object.keys(routes.paths),
      ...Object.values(PROTOCOL_ROUTES),
      '/health/ready',
      '/metrics',
      '/openapi.json',
      '/docs',
      '/assets/x.css',
      '/.well-known/security.txt',
      '/preferences/theme',
    ];
    expect(paths).to.have.length.above(150);
    const parts = new Set(paths.map((path) => `/${path.split('/')[1] ?? ''}`));
    for (const part of parts) {
      const from = nginx.logs().length;
      await send(`${nginx.url}${part}/secret-in-path?secret=in-query`);
      await waitFor('the line in the log', () => nginx.logs().length > from);
      expect(nginx.logs().slice(from)).to.include(` GET ${part === '/' ? '/?' : part} `);
    }
    const from = nginx.logs().length;
    await send(`${nginx.url}/secretsecretsecret`, {
      headers: { referer: 'https://secret.example' },
    });
    await waitFor('the line in the log', () => nginx.logs().length > from);
    expect(nginx.logs()).to.include(' GET /? ').and.not.include('secret');
  });

  it('does not expose health and metrics', async () => {
    for (const path of ['/health/ready', '/metrics']) {
      expect((await send(nginx.url + path)).status, path).to.equal(404);
    }
    expect(nodes.flatMap(({ seen }) => seen)).to.have.length(0);
  });

  it('redirects http to https at its own host name only', async () => {
    const response = await fetch(`${nginx.plainUrl}/auth?a=1`, {
      redirect: 'manual',
      headers: { host: 'evil.example' },
    });
    expect(response.status).to.equal(308);
    expect(response.headers.get('location')).to.equal(`${nginx.url}/auth?a=1`);
  });

  it('refuses bodies above 1 MB', async () => {
    const response = await send(nginx.url, { method: 'POST', body: 'x'.repeat(1_100_000) });
    expect(response.status).to.equal(413);
  });
});

interface EchoNode {
  readonly port: number;
  readonly seen: IncomingMessage[];
  stop(): Promise<void>;
}

/** Paths that one node has refused, so that the next node responds. */
const refusedOnce = new Set<string>();

/**
 * A node that records its requests. `/breaks-off` closes the connection without a response, `...-once` only at the first node,
 * `/status/429` responds with that status.
 */
async function startEchoNode(): Promise<EchoNode> {
  const seen: IncomingMessage[] = [];
  const server: Server = createServer((request, response) => {
    seen.push(request);
    request.resume().once('end', () => {
      const path = request.url ?? '';
      const isFirst = path.endsWith('-once') && !refusedOnce.has(path);
      refusedOnce.add(path);
      const status = /^\/status\/(\d+)$/.exec(path)?.[1];
      if (path === '/breaks-off' || (isFirst && path === '/breaks-off-once'))
        request.socket.destroy();
      else if (isFirst) response.writeHead(502).end();
      else if (status !== undefined)
        response.writeHead(Number(status), { 'retry-after': '7' }).end(`own words of ${status}`);
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
