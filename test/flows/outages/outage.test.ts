import { setTimeout as pause } from 'node:timers/promises';

import { expect } from 'chai';

import { openCuttableProxy, type CuttableProxy } from '../../platform/cuttable-proxy.ts';
import { waitFor } from '../../support/wait-for.ts';
import { createTestDatabase, type TestDatabase } from '../../support/servers/database.ts';
import { testRedisUrl } from '../../support/servers/redis.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import {
  accountApiCalls,
  appApiCalls,
  pageCalls,
  setScene,
  signInCalls,
  type Call,
  type Scene,
} from './outage-scene.ts';

const MOST_MS = 5_000;
/** Texts of final errors, and internal details. */
const FORBIDDEN_TEXT =
  /invalid_|unauthenticated|access_denied|login_required|consent_required|node_modules|\bat .+:\d+:\d+|ECONN|postgres|redis:|ioredis/i;

/** Calls of apps that need Redis, and calls that need only tokens. */
const NEED_REDIS = new Set(['code', 'pushed request']);
const USE_TOKENS = new Set(['userinfo', 'account profile', 'introspection', 'refresh']);

/** Sends all calls concurrently; each must return 503 with Retry-After in time, without forbidden text. */
async function expectUnavailable(calls: readonly Call[]): Promise<void> {
  const problems: string[] = [];
  await Promise.all(
    calls.map(async ({ name, send }) => {
      const startedAt = performance.now();
      const response = await send();
      const body = await response.text();
      const elapsed = performance.now() - startedAt;
      const report = (text: string) => problems.push(`${name}: ${text}`);
      if (response.status !== 503) report(`${String(response.status)} ${body.slice(0, 200)}`);
      if (!/^\d+$/.test(response.headers.get('retry-after') ?? '')) report('no Retry-After');
      if (response.headers.get('location') !== null) report('a redirect');
      if (FORBIDDEN_TEXT.test(body)) report(`contains ${String(FORBIDDEN_TEXT.exec(body)?.[0])}`);
      if (elapsed > MOST_MS) report(`took ${String(Math.round(elapsed))} ms`);
    }),
  );
  expect(problems).to.deep.equal([]);
}

/** Repeats the request while it returns 503, for at most 15 s. @returns the last response. */
async function untilAvailable(send: () => Promise<Response>): Promise<Response> {
  const deadline = performance.now() + 15_000;
  for (;;) {
    const response = await send();
    if (response.status !== 503 || performance.now() > deadline) return response;
    await pause(100);
  }
}

describe('A node without its database', function () {
  this.timeout(60_000);
  let database: TestDatabase;
  let cable: CuttableProxy;
  let server: TestServer;
  let scene: Scene;

  before(async () => {
    database = await createTestDatabase();
    cable = await openCuttableProxy(database.url);
    server = await startTestServer({ databaseUrl: cable.url });
    scene = await setScene(server);
  });
  beforeEach(() => {
    cable.restore();
  });
  after(async () => {
    cable?.restore();
    await server?.stop();
    await cable?.close();
    await database?.drop();
  });

  const everything = () => [
    ...appApiCalls(scene),
    ...signInCalls(scene),
    ...pageCalls(scene),
    ...accountApiCalls(scene),
  ];

  for (const [kind, what] of [
    ['cut', 'a stopped server'],
    ['freeze', 'a pulled cable'],
  ] as const) {
    it(`responds 503 with Retry-After within 5 s on every endpoint (${what})`, async () => {
      cable[kind]();
      // Before that, the node answers from caches that are current.
      await waitFor('the change feed to be stale', () => !server.connected.feed.isFresh(), 2_000);
      for (const calls of [everything().slice(0, 12), everything().slice(12)]) {
        await expectUnavailable(calls);
      }
    });

    it(`still serves discovery and keys, and reports that it is alive but not ready (${what})`, async () => {
      cable[kind]();
      for (const path of [
        '/.well-known/openid-configuration',
        '/.well-known/oauth-authorization-server',
        '/jwks',
        '/health/live',
      ]) {
        expect((await fetch(`${server.url}${path}`)).status, path).to.equal(200);
      }
      const ready = await fetch(`${server.url}/health/ready`);
      expect(ready.status).to.equal(503);
      expect(await ready.json())
        .to.have.property('missing')
        .that.includes('database');
    });

    it(`serves again when the database returns (${what})`, async () => {
      cable[kind]();
      await expectUnavailable(appApiCalls(scene));
      cable.restore();
      const calls = new Map(everything().map(({ name, send }) => [name, send]));
      for (const name of ['userinfo', 'account profile', '/account', '/api/v1/account', 'auth']) {
        const { status } = await untilAvailable(calls.get(name) ?? missing);
        expect(status, name).to.be.oneOf([200, 303]);
      }
      expect((await untilAvailable(() => fetch(`${server.url}/health/ready`))).status).to.equal(
        200,
      );
    });
  }

  it('accepts the code and the refresh token after the outage', async () => {
    const calls = new Map(appApiCalls(scene).map(({ name, send }) => [name, send]));
    for (const name of ['code', 'refresh']) {
      const answer = await untilAvailable(calls.get(name) ?? missing);
      expect(answer.status, `${name}: ${await answer.text()}`).to.equal(200);
    }
  });
});

describe('A node without its Redis', function () {
  this.timeout(60_000);
  let cable: CuttableProxy;
  let server: TestServer;
  let scene: Scene;

  before(async () => {
    cable = await openCuttableProxy(testRedisUrl());
    server = await startTestServer({ config: { redisUrl: cable.url } });
    scene = await setScene(server);
  });
  beforeEach(() => {
    cable.restore();
  });
  after(async () => {
    cable?.restore();
    await server?.stop();
    await cable?.close();
  });

  for (const [kind, what] of [
    ['cut', 'a stopped server'],
    ['freeze', 'a pulled cable'],
  ] as const) {
    it(`responds 503 to apps whose request needs Redis (${what})`, async () => {
      cable[kind]();
      const needing = appApiCalls(scene).filter(({ name }) => NEED_REDIS.has(name));
      expect(needing).to.have.length(NEED_REDIS.size);
      await expectUnavailable(needing);
    });

    it(`lets people sign in, because the browser keeps the unfinished sign-in (${what})`, async () => {
      cable[kind]();
      const calls = new Map(signInCalls(scene).map(({ name, send }) => [name, send]));
      expect((await (calls.get('sign-in page') ?? missing)()).status).to.equal(200);
      const answer = await (calls.get('password') ?? missing)();
      expect(answer.status).to.equal(303);
      expect(answer.headers.get('location')).to.match(/\/auth\/[\w-]+$/);
    });

    it(`still serves apps that have tokens (${what})`, async () => {
      cable[kind]();
      const calls = appApiCalls(scene).filter(({ name }) => USE_TOKENS.has(name));
      expect(calls).to.have.length(USE_TOKENS.size);
      for (const { name, send } of calls) {
        const answer = await send();
        expect(answer.status, `${name}: ${await answer.text()}`).to.equal(200);
      }
    });

    it(`still serves signed-in people, from the database (${what})`, async () => {
      cable[kind]();
      const answers = await Promise.all(
        [...pageCalls(scene), ...accountApiCalls(scene)].map(async ({ name, send }) => {
          const { status } = await send();
          return `${name} ${String(status)}`;
        }),
      );
      expect(answers.filter((answer) => !answer.endsWith(' 200'))).to.deep.equal([]);
    });
  }

  it('accepts a code that was refused during the outage, and the refresh token, after it', async () => {
    cable.cut();
    const needing = appApiCalls(scene).filter(({ name }) => NEED_REDIS.has(name));
    expect(needing).to.have.length(NEED_REDIS.size);
    await expectUnavailable(needing);
    // Longer than the grace period for repeated requests.
    await pause(2_500);
    cable.restore();
    const calls = new Map(appApiCalls(scene).map(({ name, send }) => [name, send]));
    for (const name of ['userinfo', 'code', 'refresh']) {
      const answer = await untilAvailable(calls.get(name) ?? missing);
      expect(answer.status, `${name}: ${await answer.text()}`).to.equal(200);
    }
  });
});

function missing(): Promise<Response> {
  throw new Error('there is no such call');
}
