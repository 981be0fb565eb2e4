import { createServer, Agent, request, type IncomingMessage, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { expect } from 'chai';

import { createAdmission, type Admission } from '../../src/http/arrival/admission.ts';
import { waitFor } from '../support/wait-for.ts';
import { createLogger } from '../../src/platform/logger.ts';

describe('The admission of requests to a node', () => {
  const MOST = 10;
  let admission: Admission;
  let server: Server;
  let agent: Agent;
  /** The paths of the requests that the server began to answer. */
  let served: string[];
  /** Lets the server respond to the waiting requests. */
  let release: () => void;

  beforeEach(async () => {
    open({ waiting: 0 });
    served = [];
    const gate = Promise.withResolvers<undefined>();
    release = () => gate.resolve(undefined);
    server = createServer((req, res) => {
      admission.admit(req, res, () => {
        served.push(req.url ?? '');
        void gate.promise.then(() => res.end('answered'));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    agent = new Agent({ keepAlive: true });
  });
  afterEach(() => {
    release();
    agent.destroy();
    server.close();
    server.closeAllConnections();
  });

  function open({ waiting, waitMs = 60_000 }: { waiting: number; waitMs?: number }): void {
    admission = createAdmission({
      limits: { inFlight: MOST, waiting, waitMs },
      isForPrograms: (req) => req.url === '/token',
      log: createLogger({ level: 'silent' }),
    });
  }
  async function get(
    path = '/',
    headers: Record<string, string> = {},
    method = 'GET',
  ): Promise<IncomingMessage> {
    const { port } = server.address() as AddressInfo;
    const sent = request({ port, path, agent, headers, method }).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return response;
  }
  async function fill(until = MOST): Promise<{ readonly answers: Promise<IncomingMessage[]> }> {
    const waiting = Array.from({ length: MOST }, () => get());
    while (admission.inFlight() < until) await once(server, 'request');
    return { answers: Promise.all(waiting) };
  }

  it('refuses requests above its limits and serves the others', async () => {
    const { answers: waiting } = await fill();
    const refused = await get();
    expect(refused.statusCode).to.equal(503);
    expect(refused.headers).to.include({ 'retry-after': '1', 'cache-control': 'no-store' });
    expect(JSON.parse(await text(refused))).to.include({
      code: 'overloaded',
      error: 'temporarily_unavailable',
    });
    release();
    const answers = await waiting;
    expect(answers.map(({ statusCode }) => statusCode)).to.deep.equal(Array(MOST).fill(200));
    expect(admission.refused()).to.equal(1);
  });

  it('lets further requests wait and serves them in the order of their arrival', async () => {
    open({ waiting: 2 });
    const { answers } = await fill();
    const order: string[] = [];
    const later: Promise<number | undefined | false>[] = [];
    for (const path of ['/first', '/second']) {
      later.push(get(path).then((answer) => order.push(path) > 0 && answer.statusCode));
      // Each has to arrive before the next one is sent.
      await waitFor(`${path} to wait`, () => admission.waiting() === later.length, 5_000);
    }
    expect((await get()).resume().statusCode).to.equal(503);
    expect([admission.inFlight(), admission.waiting(), admission.refused()]).to.deep.equal([
      MOST,
      2,
      1,
    ]);
    release();
    await answers;
    expect(await Promise.all(later)).to.deep.equal([200, 200]);
    expect(order).to.deep.equal(['/first', '/second']);
    expect(admission.waiting()).to.equal(0);
  });

  it('refuses a request whose turn does not come in time', async () => {
    open({ waiting: 1, waitMs: 50 });
    void (await fill());
    expect((await get()).resume().statusCode).to.equal(503);
    expect([admission.inFlight(), admission.waiting(), admission.refused()]).to.deep.equal([
      MOST,
      0,
      1,
    ]);
  });

  it('does no work for a waiting request whose client hung up', async () => {
    open({ waiting: 1 });
    const { answers } = await fill();
    const { port } = server.address() as AddressInfo;
    const gone = request({ port, path: '/gone' }).end();
    gone.on('error', () => undefined);
    await waitFor('a waiting request', () => admission.waiting() === 1, 5_000);
    gone.destroy();
    await waitFor('no waiting request', () => admission.waiting() === 0, 5_000);
    release();
    await answers;
    expect(served).not.to.include('/gone');
    expect(admission.refused()).to.equal(0);
  });

  it('serves requests of programs while pages use all their places', async () => {
    void (await fill());
    const answer = get('/token');
    await waitFor('the request of a program', () => admission.inFlight() === MOST + 1, 5_000);
    release();
    expect((await answer).resume().statusCode).to.equal(200);
  });

  it('does not count requests with incomplete bodies', async () => {
    const { port } = server.address() as AddressInfo;
    const incomplete = async () => {
      const sent = request({ port, method: 'POST', agent, headers: { 'content-length': '9' } });
      sent.on('error', () => {}).flushHeaders();
      await once(server, 'request');
      return sent;
    };
    for (let count = 0; count < MOST; count += 1) await incomplete();
    const { answers } = await fill(2 * MOST);
    expect((await get()).resume().statusCode).to.equal(503);
    release();
    expect((await answers).map(({ statusCode }) => statusCode)).to.deep.equal(
      Array(MOST).fill(200),
    );
  });

  it('responds with a sentence to a browser', async () => {
    void (await fill());
    const refused = await get('/sign-in', { accept: 'text/html' });
    expect(await text(refused)).to.match(/^The server is busy/);
  });

  it('accepts health checks and metrics requests at its limit', async () => {
    void (await fill());
    const answers = ['/health/live', '/health/ready', '/metrics'].map((path) => get(path));
    release();
    expect((await Promise.all(answers)).map(({ statusCode }) => statusCode)).to.deep.equal([
      200, 200, 200,
    ]);
  });

  it('closes connections once the node stops', async () => {
    const before = get();
    await once(server, 'request');
    void admission.drain(60);
    release();
    expect((await before).resume().statusCode).to.equal(200);
    expect((await get()).resume().headers.connection).to.equal('close');
    await admission.close(server, 60_000);
    expect(server.listening).to.equal(false);
  });

  it('serves a request on a connection that was in use at the start of the stop', async () => {
    const one = new Agent({ keepAlive: true, maxSockets: 1 });
    const { port } = server.address() as AddressInfo;
    const send = async (): Promise<[IncomingMessage, unknown]> => {
      const sent = request({ port, agent: one }).end();
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      await text(response);
      return [response, sent.socket];
    };
    const before = send();
    await once(server, 'request');
    void admission.drain(60);
    release();
    const [, socket] = await before;
    const [after, sameSocket] = await send();
    expect([after.statusCode, sameSocket === socket]).to.deep.equal([200, true]);
    expect(after.headers.connection).to.equal('close');
    one.destroy();
  });

  it('responds 502 to safe requests during the stop if the proxy repeats them at other nodes', async () => {
    const retries = { 'x-proxy-retries': 'safe 502' };
    release();
    const drained = admission.drain(0.1);
    expect((await get('/', retries)).resume().statusCode).to.equal(200);
    await waitFor(
      'a 502',
      async () => (await get('/', retries)).resume().statusCode === 502,
      5_000,
    );
    expect((await get('/')).resume().statusCode).to.equal(200);
    expect((await get('/', retries, 'POST')).resume().statusCode).to.equal(200);
    await drained;
  });

  it('refuses requests that waited while the process was suspended, and accepts new ones', async () => {
    release();
    expect((await get()).resume().statusCode).to.equal(200);
    const waited = [get(), get('/', {}, 'POST')];
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5_500);
    const answers = await Promise.all(waited);
    expect(answers.map((answer) => answer.resume().statusCode)).to.deep.equal([503, 503]);
    await waitFor(
      'accepted requests',
      async () => (await get()).resume().statusCode === 200,
      5_000,
    );
  });

  it('aborts requests that still run after the grace period', async () => {
    const endless = get().catch((error: unknown) => error);
    await once(server, 'request');
    await admission.close(server, 50);
    expect(await endless).to.have.property('code', 'ECONNRESET');
  });
});
