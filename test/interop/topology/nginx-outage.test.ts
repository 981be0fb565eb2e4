import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { expect } from 'chai';

import { waitFor } from '../../support/wait-for.ts';
import { expectUnavailable } from './expect-unavailable.ts';
import { findNginxPorts, startNginx, type Nginx } from './nginx.ts';
import { createTrustingFetch } from './trusting-fetch.ts';

describe('deploy/nginx in front of nodes that do not respond', function () {
  this.timeout(120_000);
  let nginx: Nginx;
  let nodes: readonly [NodeProcess, NodeProcess];
  let send: typeof fetch;

  beforeEach(async () => {
    nodes = [await startNodeProcess(), await startNodeProcess()];
    nginx = await startNginx(
      await findNginxPorts(),
      nodes.map(({ port }) => port),
    );
    send = createTrustingFetch(nginx.certificate);
  });
  afterEach(async () => {
    await nginx.stop();
    for (const node of nodes) await node.kill();
  });

  /** Sends requests sequentially. @returns the statuses and the longest duration. */
  async function sendMany(count: number, method: string) {
    const statuses: number[] = [];
    let longestMs = 0;
    for (let turn = 0; turn < count; turn += 1) {
      const from = performance.now();
      const { status } = await send(`${nginx.url}/`, {
        method,
        ...(method === 'POST' && { body: 'a=1' }),
      });
      statuses.push(status);
      longestMs = Math.max(longestMs, performance.now() - from);
    }
    return { statuses, longestMs };
  }

  it('answers every request within 3 s while one node is stopped', async () => {
    await nodes[0].kill();
    for (const method of ['GET', 'POST']) {
      const { statuses, longestMs } = await sendMany(50, method);
      expect(new Set(statuses)).to.deep.equal(new Set([200]));
      expect(longestMs).to.be.below(3_000);
    }
  });

  it('repeats safe requests within seconds while one node is suspended, and then skips it', async () => {
    await sendMany(10, 'GET');
    nodes[0].freeze();
    const first = await Promise.all(Array.from({ length: 10 }, () => sendMany(1, 'GET')));
    expect(first.flatMap(({ statuses }) => statuses)).to.deep.equal(Array(10).fill(200));
    // nginx gives up after 7 s; the rest is for a busy machine.
    for (const { longestMs } of first) expect(longestMs).to.be.below(12_000);
    const { statuses } = await sendMany(20, 'GET');
    expect(new Set(statuses)).to.deep.equal(new Set([200]));
    const posts = await Promise.all(Array.from({ length: 10 }, () => sendMany(1, 'POST')));
    const answers = posts.flatMap((post) => post.statuses);
    expect(
      answers.filter((status) => status === 503),
      'probes of the suspended node',
    ).to.have.length.below(3);
    expect(answers.filter((status) => status !== 503 && status !== 200)).to.have.length(0);
    nodes[0].resume();
    await waitFor(
      'both nodes in use',
      async () => {
        const response = await send(`${nginx.url}/`);
        return (await response.text()) === String(nodes[0].port);
      },
      20_000,
    );
  });

  it('responds 503 with Retry-After to API clients and browsers while no node runs', async () => {
    for (const node of nodes) await node.kill();
    for (const method of ['GET', 'POST']) {
      const from = performance.now();
      await expectUnavailable(await send(`${nginx.url}/token?code=secret`, { method }));
      expect(performance.now() - from).to.be.below(5_000);
    }
    const page = await send(`${nginx.url}/confirm/secret`, {
      headers: { accept: 'text/html,*/*' },
    });
    expect(page.status).to.equal(503);
    expect(page.headers.get('retry-after')).to.equal('2');
    expect(page.headers.get('content-type')).to.equal('text/plain; charset=utf-8');
    expect(await page.text()).to.match(
      /^The server does not answer at the moment\. .+ \(\w{32}\)\n$/,
    );
    expect(nginx.logs()).to.include(' POST /token 503 ').and.not.include('secret');
  });
});

interface NodeProcess {
  readonly port: number;
  freeze(): void;
  resume(): void;
  kill(): Promise<void>;
}

/** Starts a process that responds with its port and can be killed and suspended. */
async function startNodeProcess(): Promise<NodeProcess> {
  const program = `require('node:http')
    .createServer((request, response) => request.resume().once('end', () => response.end(String(request.socket.localPort))))
    .listen(0, '127.0.0.1', function () { process.send(this.address().port); })`;
  const child = spawn(process.execPath, ['-e', program], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [port] = (await once(child, 'message')) as [number];
  const exited = once(child, 'exit');
  return {
    port,
    freeze: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
