import fs from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

import { expect } from 'chai';
import { Redis } from 'ioredis';

import { connect, type Connected } from '../../src/server/services.ts';
import { connectApp } from '../support/people/connect-app.ts';
import { testConfig } from '../support/config.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { startNode, type ServerNode } from '../support/servers/node.ts';
import { createPerson, visitorAt } from '../support/people/people.ts';
import { startRedis } from '../support/servers/redis.ts';
import type { RedisServer } from '../support/servers/redis-server.ts';
import {
  REDIRECT_URI,
  registerThirdPartyApp,
  type ThirdPartyApp,
} from '../support/people/third-party-app.ts';
import type { Visitor } from '../support/people/visitor.ts';

/** Number of requests, of four kinds in turn. Change it with ANONYMOUS_REQUESTS. */
const REQUESTS = Number(process.env['ANONYMOUS_REQUESTS'] ?? 100_000);
const AT_ONCE = 40;
/** Too large for a cookie, so that the server must store the request. */
const LARGE_STATE = 's'.repeat(2_000);

interface Size {
  readonly rssMb: number;
  readonly redisKeys: number;
  readonly redisMb: number;
  readonly rows: Readonly<Record<string, number>>;
}

/** Distributes the requests over 65 536 networks of 256 addresses. */
const addressOf = (nth: number): string => {
  const mixed = Math.imul(nth, 2_654_435_761) >>> 0;
  return `11.${String(mixed >>> 24)}.${String((mixed >>> 16) & 255)}.${String((mixed >>> 8) & 255)}`;
};

describe(`${String(REQUESTS)} anonymous requests from many addresses`, () => {
  let database: TestDatabase;
  let redis: RedisServer;
  let redisAdmin: Redis;
  let node: ServerNode;
  let connected: Connected;
  let app: ThirdPartyApp;
  let publicId: string;
  let visitor: Visitor;
  let accessToken: string;

  before(async () => {
    [database, redis] = [await createTestDatabase(), await startRedis()];
    redisAdmin = new Redis(redis.url);
    node = await startNode({
      databaseUrl: database.url,
      redisUrl: redis.url,
      env: { RATE_LIMITS: 'true', TRUSTED_PROXIES: '127.0.0.1', LOG_LEVEL: 'warn' },
    });
    connected = await connect(
      testConfig(database.url, { issuer: node.issuer, redisUrl: redis.url }),
    );
    const ana = await createPerson(connected);
    app = await registerThirdPartyApp({ url: node.issuer, connected }, ana.accountId);
    const { client } = await connected.clients.create({
      ownerAccountId: ana.accountId,
      applicationType: 'native',
      name: 'Phone',
      redirectUris: ['http://127.0.0.1/callback'],
      scopes: ['openid'],
    } as never);
    publicId = client.id;
    visitor = visitorAt(node.issuer, { headers: { 'x-forwarded-for': '198.51.100.7' } });
    accessToken = (await connectApp({ visitor, app, person: ana })).access_token;
  });
  after(async () => {
    redisAdmin?.disconnect();
    await connected?.close();
    await node?.stop();
    await redis?.stop();
    await database?.drop();
  });

  async function measure(): Promise<Size> {
    const status = fs.readFileSync(`/proc/${String(node.pid)}/status`, 'utf8');
    const rss = Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0);
    const memory = /used_memory:(\d+)/.exec(await redisAdmin.info('memory'))?.[1] ?? '0';
    const tables = await connected.db.query<{ name: string }>({
      name: 'test-tables',
      text: `select quote_ident(tablename) as name from pg_tables where schemaname = 'public'`,
    });
    const rows: Record<string, number> = {};
    for (const { name } of tables) {
      const [row] = await connected.db.query<{ count: string }>({
        name: `test-count-${name}`,
        text: `select count(*) from ${name}`,
      });
      rows[name] = Number(row?.count);
    }
    return {
      rssMb: Math.round(rss / 1024),
      redisKeys: await redisAdmin.dbsize(),
      redisMb: Math.round(Number(memory) / 2 ** 20),
      rows,
    };
  }

  async function sendAnonymousRequest(nth: number): Promise<number> {
    const headers = { 'x-forwarded-for': addressOf(nth), accept: 'text/html' };
    const authorization = new URLSearchParams({
      client_id: app.clientId,
      redirect_uri: REDIRECT_URI,
      response_type: 'code',
      scope: 'openid',
      code_challenge: 'x'.repeat(43),
      code_challenge_method: 'S256',
      nonce: String(nth),
    });
    if (nth % 4 === 1) authorization.set('state', LARGE_STATE);
    if (nth % 4 === 2) authorization.set('client_id', `nobody-${String(nth)}`);
    if (nth % 4 === 3) authorization.set('client_id', publicId);
    if (nth % 4 === 3) authorization.set('redirect_uri', 'http://127.0.0.1:4711/callback');
    const isPushed = nth % 4 === 3;
    const response = await fetch(
      isPushed ? `${node.url}/par` : `${node.url}/auth?${authorization.toString()}`,
      isPushed ? { method: 'POST', headers, body: authorization } : { headers, redirect: 'manual' },
    );
    await response.arrayBuffer();
    return response.status;
  }

  it('leave memory, keys and rows bounded and do not affect a signed-in person', async () => {
    const before = await measure();
    const statuses = new Map<number, number>();
    const credentials = Buffer.from(`${app.clientId}:${app.clientSecret}`).toString('base64');
    const state = { next: 0, isDone: false, largestRssMb: before.rssMb };
    const failures: string[] = [];
    const slowest: number[] = [];

    const senders = Array.from({ length: AT_ONCE }, async () => {
      while (state.next < REQUESTS) {
        state.next += 1;
        const status = await sendAnonymousRequest(state.next);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    });
    /** Names of the requests that were repeated once after 503, as an app does. */
    const repeats: string[] = [];
    const succeed = async (name: string, send: () => Promise<Response>): Promise<void> => {
      let response = await send();
      if (response.status === 503 && response.headers.has('retry-after')) {
        repeats.push(name);
        await pause(Number(response.headers.get('retry-after')) * 1_000);
        response = await send();
      }
      await response.arrayBuffer();
      const location = response.headers.get('location') ?? '';
      const isFine = name === 'sign-in' ? location.includes('code=') : response.status === 200;
      if (!isFine) failures.push(`${name} ${String(response.status)} ${location}`);
    };
    const silent = new URLSearchParams({
      client_id: app.clientId,
      redirect_uri: REDIRECT_URI,
      response_type: 'code',
      scope: 'openid profile email',
      nonce: 'n',
      prompt: 'none',
    });
    const person = (async () => {
      while (!state.isDone) {
        const start = performance.now();
        await succeed('page', () => visitor.request(`${node.issuer}/account/apps`));
        await succeed('introspection', () =>
          fetch(`${node.url}/token/introspection`, {
            method: 'POST',
            headers: { authorization: `Basic ${credentials}` },
            body: new URLSearchParams({ token: accessToken }),
          }),
        );
        await succeed('sign-in', () => visitor.request(`${node.issuer}/auth?${silent.toString()}`));
        slowest.push(performance.now() - start);
        state.largestRssMb = Math.max(state.largestRssMb, (await rssOf(node.pid)) ?? 0);
        await pause(250);
      }
    })();
    await Promise.all(senders);
    state.isDone = true;
    await person;
    const after = await measure();
    const grown = Object.entries(after.rows)
      .map(([name, count]) => [name, count - (before.rows[name] ?? 0)] as const)
      .filter(([, growth]) => growth > 0);
    slowest.sort((one, other) => other - one);
    const figures = {
      statuses: Object.fromEntries(statuses),
      rssMb: [before.rssMb, state.largestRssMb, after.rssMb],
      redisKeys: [before.redisKeys, after.redisKeys],
      redisMb: [before.redisMb, after.redisMb],
      grown: Object.fromEntries(grown),
      reasons: reasonsOf(node.output()),
      ofPerson: { rounds: slowest.length, repeats, slowestMs: slowest.slice(0, 3).map(Math.round) },
    };
    process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);

    expect(failures).to.deep.equal([]);
    expect(slowest.length).to.be.greaterThan(5);
    expect(repeats.length).to.be.below(1 + 0.02 * 3 * slowest.length);
    expect([...statuses.keys()].filter((status) => status >= 500 && status !== 503)).to.deep.equal(
      [],
    );
    // 3 000 stored anonymous requests are permitted, plus the codes of the person.
    expect(after.redisKeys - before.redisKeys).to.be.below(4_000 + slowest.length);
    expect(after.redisMb - before.redisMb).to.be.below(64);
    for (const [name, growth] of grown) expect(growth, name).to.be.below(500 + 5 * slowest.length);
    expect(state.largestRssMb).to.be.below(before.rssMb + 400);
  });
});

/** Counts of logged failures by reason, without the quota of anonymous requests. */
function reasonsOf(output: string): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const line of output.split('\n').filter((text) => text.startsWith('{'))) {
    const entry = JSON.parse(line) as Readonly<Record<string, unknown>>;
    if (entry['code'] === 'busy') continue;
    const key = [entry['msg'], entry['code'], entry['reason']].map(String).join(' | ');
    counts[key] = (counts[key] ?? 0) + Number(entry['repeated'] ?? 1);
  }
  return counts;
}

async function rssOf(pid: number): Promise<number | null> {
  const status = await fs.promises.readFile(`/proc/${String(pid)}/status`, 'utf8').catch(() => '');
  const [, kb] = /VmRSS:\s+(\d+) kB/.exec(status) ?? [];
  return kb === undefined ? null : Math.round(Number(kb) / 1024);
}
