import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

import { findFreePort } from '../../src/dev/free-port.ts';
import { openCuttableProxy, type CuttableProxy } from '../platform/cuttable-proxy.ts';
import { waitFor } from '../support/wait-for.ts';
import { TEST_ENVIRONMENT } from '../support/config.ts';
import {
  createEmptyDatabase,
  createTestDatabase,
  type TestDatabase,
} from '../support/servers/database.ts';
import { startRedis } from '../support/servers/redis.ts';
import { type MailCatcher, startSmtp } from '../support/servers/smtp.ts';

const COMMAND = fileURLToPath(new URL('../../src/cli/consentry.js', import.meta.url));
type Line = Readonly<Record<string, unknown>>;

describe('The standard output of `consentry start` in production', function () {
  this.timeout(120_000);
  const opened: {
    stop?(): Promise<unknown>;
    drop?(): Promise<unknown>;
    close?(): Promise<unknown>;
  }[] = [];
  let database: TestDatabase;
  let cable: CuttableProxy;
  let smtp: MailCatcher;
  let child: ChildProcess;
  let port: number;
  let output = '';
  let errors = '';

  function keep<T extends (typeof opened)[number]>(part: T): T {
    opened.unshift(part);
    return part;
  }
  const lines = (): string[] => output.split('\n').filter(Boolean);
  const requests = (): Line[] =>
    lines()
      .map((line) => JSON.parse(line) as Line)
      .filter(({ msg }) => msg === 'request');
  const url = (path: string): string => `http://127.0.0.1:${String(port)}${path}`;
  const send = async (path: string, init: RequestInit = {}): Promise<number> => {
    const response = await fetch(url(path), { redirect: 'manual', ...init });
    await response.text();
    return response.status;
  };

  before(async () => {
    database = keep(await createTestDatabase());
    const keyStore = keep(await createEmptyDatabase());
    const redis = keep(await startRedis());
    smtp = keep(await startSmtp());
    cable = keep(await openCuttableProxy(database.url));
    port = await findFreePort();
    child = spawn(process.execPath, [COMMAND, 'start'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...TEST_ENVIRONMENT,
        PATH: process.env['PATH'],
        NODE_ENV: 'production',
        LOG_LEVEL: 'info',
        HOST: '127.0.0.1',
        PORT: String(port),
        ISSUER: 'https://id.example.org',
        DATABASE_URL: cable.url,
        KEY_STORE_URL: keyStore.url,
        REDIS_URL: redis.url,
        SMTP_URL: smtp.url,
        MAIL_FROM: 'Consentry <no-reply@id.example.org>',
        RATE_LIMITS: 'true',
        RATE_LIMIT_MULTIPLIER: '1000',
        DRAIN_SECONDS: '1',
        METRICS_TOKEN: 'a-token-of-the-monitoring-system',
      },
    });
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors += text));
    await waitFor(
      'the server to take requests',
      () => output.includes('the server accepts requests'),
      60_000,
    );
  });
  after(async () => {
    if (child?.exitCode === null) child.kill('SIGKILL');
    for (const part of opened) await (part.stop ?? part.drop ?? part.close)?.call(part);
  });

  it('has no line for successful requests, and one line with the reason for each failure', async () => {
    const before = requests().length;
    for (let count = 0; count < 50; count += 1) {
      expect(await send('/.well-known/openid-configuration')).to.equal(200);
      expect(await send('/health/live')).to.equal(200);
    }
    expect(await send('/auth?client_id=unknown&response_type=code')).to.equal(400);
    const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'unknown' });
    expect(await send('/token', { method: 'POST', body: form })).to.equal(401);
    expect(await send('/nowhere')).to.equal(404);
    await waitFor('the failures in the log', () => requests().length >= before + 3, 5_000);
    const found = requests().slice(before);
    expect(found.map(({ route, status, code }) => [route, status, code])).to.deep.equal([
      ['/auth', 400, 'invalid_client'],
      ['/token', 401, 'invalid_client'],
      ['none', 404, 'not_found'],
    ]);
  });

  it('has one line for a client that closes its connection', async () => {
    const before = requests().length;
    for (const path of ['/token', '/preferences/locale']) {
      const socket = net.connect(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.on('error', () => undefined);
      socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\na=`);
      setTimeout(() => socket.resetAndDestroy(), 100);
      await once(socket, 'close');
    }
    await waitFor('both in the log', () => requests().length >= before + 2, 5_000);
    expect(requests().slice(before)).to.have.length(2);
  });

  it('has few lines for an outage, with its reason, also for protocol endpoints', async () => {
    cable.cut();
    const before = lines().length;
    const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'unknown' });
    let failed = 0;
    const until = performance.now() + 12_000;
    while (performance.now() < until) {
      const statuses = await Promise.all([
        send('/token', { method: 'POST', body: form }),
        send('/auth?client_id=unknown&response_type=code'),
        send('/account'),
      ]);
      failed += statuses.filter((status) => status === 503).length;
    }
    cable.restore();
    expect(failed).to.be.greaterThan(100);
    const found = lines()
      .slice(before)
      .map((line) => JSON.parse(line) as Line);
    expect(found.length).to.be.below(30);
    const refused = found.filter(({ msg, status }) => msg === 'request' && status === 503);
    expect(refused).to.have.length.greaterThan(0);
    for (const line of refused) {
      expect(line['code']).to.equal('database_unavailable');
      expect(line['level']).to.equal('warn');
    }
    expect(refused.some(({ reason }) => typeof reason === 'string')).to.equal(true);
    const counted = refused.reduce((sum, { repeated }) => sum + Number(repeated ?? 0), 0);
    expect(counted).to.be.greaterThan(failed / 2);
    await waitFor(
      'the server to be ready again',
      async () => (await send('/health/ready')) === 200,
      20_000,
    );
  });

  it('is one JSON object per line, from the start to the end of the process', async () => {
    child.kill('SIGTERM');
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).to.equal(0);
    expect(errors).to.equal('');
    for (const line of lines()) {
      const entry = JSON.parse(line) as Line;
      expect(entry, line).to.include.keys('level', 'time', 'service', 'msg');
    }
    expect(lines().length).to.be.within(5, 100);
  });
});
