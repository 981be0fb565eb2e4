import { setTimeout as pause } from 'node:timers/promises';

import { expect } from 'chai';
import * as oauth from 'openid-client';

import { openCuttableProxy, type CuttableProxy } from '../platform/cuttable-proxy.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createPerson, signIn, visitorAt, type TestPerson } from '../support/people.ts';
import { testRedisUrl } from '../support/redis.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import {
  REDIRECT_URI,
  registerThirdPartyApp,
  type ThirdPartyApp,
  type Tokens,
} from '../support/third-party-app.ts';
import type { Visitor } from '../support/visitor.ts';

const SCOPE = 'openid profile email offline_access';
const MOST_MS = 5_000;
/** What an app or a person would take for a final answer, and what only we should see. */
const MUST_NOT_SAY =
  /invalid_|unauthenticated|access_denied|login_required|consent_required|node_modules|\bat .+:\d+:\d+|ECONN|postgres|redis:|ioredis/i;

interface Call {
  readonly name: string;
  readonly send: () => Promise<Response>;
}

/** A server whose database or Redis can be taken away, with somebody in the middle of everything. */
interface Scene {
  readonly server: TestServer;
  readonly app: ThirdPartyApp;
  readonly ana: TestPerson;
  readonly signedIn: Visitor;
  /** On the sign-in page. */
  readonly halfWay: Visitor;
  readonly tokens: Tokens;
  readonly code: string;
  readonly verifier: string;
}

async function setScene(server: TestServer): Promise<Scene> {
  const ana = await createPerson(server.connected, { values: { name: ['Ana Petrova'] } });
  const app = await registerThirdPartyApp(server, ana.accountId);
  const signedIn = visitorAt(server.url);
  const attempt = await app.begin(signedIn, { scope: SCOPE, prompt: 'consent' });
  await signIn(signedIn, ana);
  await signedIn.submitForm('button[value=allow]');
  const tokens = await attempt.finish();
  const verifier = oauth.randomPKCECodeVerifier();
  await app.begin(signedIn, {
    scope: SCOPE,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  });
  const code = signedIn.page.url.searchParams.get('code') ?? '';
  const halfWay = visitorAt(server.url);
  await app.begin(halfWay, { scope: SCOPE });
  return { server, app, ana, signedIn, halfWay, tokens, code, verifier };
}

function pageCalls({ server, app, signedIn }: Scene): Call[] {
  return [
    '/account',
    '/account/apps',
    `/account/apps/${app.clientId}`,
    `/account/apps/${app.clientId}/end`,
    '/account/sessions',
    '/account/history',
    '/account/security',
    '/account/values/add/nickname',
    '/developer/apps',
    `/developer/apps/${app.clientId}`,
  ].map((path) => ({ name: path, send: () => signedIn.request(`${server.url}${path}`) }));
}

function accountApiCalls({ server, app, signedIn }: Scene): Call[] {
  return [
    '/api/v1/account',
    '/api/v1/account/attributes',
    '/api/v1/account/apps',
    '/api/v1/account/sessions',
    '/api/v1/account/releases',
    '/api/v1/clients',
    `/api/v1/clients/${app.clientId}`,
  ].map((path) => ({
    name: path,
    send: () =>
      signedIn.request(`${server.url}${path}`, { headers: { accept: 'application/json' } }),
  }));
}

function appApiCalls({ server, app, tokens, code, verifier }: Scene): Call[] {
  const credentials = Buffer.from(`${app.clientId}:${app.clientSecret}`).toString('base64');
  const post = (path: string, form: Record<string, string>) => () =>
    fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Basic ${credentials}` },
      body: new URLSearchParams(form),
    });
  const read = (path: string) => () =>
    fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${tokens.access_token}` } });
  const refreshToken = tokens.refresh_token ?? '';
  const grant = { code, redirect_uri: REDIRECT_URI, code_verifier: verifier };
  return [
    { name: 'userinfo', send: read('/userinfo') },
    { name: 'account profile', send: read('/api/v1/account/profile') },
    { name: 'introspection', send: post('/token/introspection', { token: tokens.access_token }) },
    { name: 'code', send: post('/token', { grant_type: 'authorization_code', ...grant }) },
    {
      name: 'refresh',
      send: post('/token', { grant_type: 'refresh_token', refresh_token: refreshToken }),
    },
    { name: 'pushed request', send: post('/par', { client_id: app.clientId, ...authorization() }) },
    { name: 'revocation', send: post('/token/revocation', { token: 'a'.repeat(43) }) },
  ];
}

function authorization(): Record<string, string> {
  return {
    response_type: 'code',
    scope: SCOPE,
    redirect_uri: REDIRECT_URI,
    code_challenge: 'v'.repeat(43),
    code_challenge_method: 'S256',
  };
}

function signInCalls({ server, app, signedIn, halfWay, ana }: Scene): Call[] {
  const query = (extra: Record<string, string>) =>
    new URLSearchParams({ client_id: app.clientId, ...authorization(), ...extra }).toString();
  const csrf = halfWay.page.document.querySelector('input[name=_csrf]')?.getAttribute('value');
  const form = { email: ana.email, password: ana.password, _csrf: csrf ?? '' };
  return [
    { name: 'auth', send: () => signedIn.request(`${server.url}/auth?${query({})}`) },
    {
      name: 'silent auth',
      send: () => signedIn.request(`${server.url}/auth?${query({ prompt: 'none' })}`),
    },
    { name: 'sign-out', send: () => signedIn.request(`${server.url}/session/end`) },
    { name: 'sign-in page', send: () => halfWay.request(halfWay.page.url) },
    {
      name: 'password',
      send: () =>
        halfWay.request(`${halfWay.page.url.href}/sign-in`, {
          method: 'POST',
          body: new URLSearchParams(form),
        }),
    },
  ];
}

/** Sends everything at once; each must be told 503 and when to come again, soon, and nothing else. */
async function expectUnavailable(calls: readonly Call[]): Promise<void> {
  const problems: string[] = [];
  await Promise.all(
    calls.map(async ({ name, send }) => {
      const startedAt = performance.now();
      const response = await send();
      const body = await response.text();
      const elapsed = performance.now() - startedAt;
      const complain = (text: string) => problems.push(`${name}: ${text}`);
      if (response.status !== 503) complain(`${String(response.status)} ${body.slice(0, 200)}`);
      if (!/^\d+$/.test(response.headers.get('retry-after') ?? '')) complain('no Retry-After');
      if (response.headers.get('location') !== null) complain('a redirect');
      if (MUST_NOT_SAY.test(body)) complain(`says ${String(MUST_NOT_SAY.exec(body)?.[0])}`);
      if (elapsed > MOST_MS) complain(`took ${String(Math.round(elapsed))} ms`);
    }),
  );
  expect(problems).to.deep.equal([]);
}

/** Sends until it is well again. @returns the answer. */
async function untilWell(send: () => Promise<Response>): Promise<Response> {
  const deadline = performance.now() + 15_000;
  for (;;) {
    const response = await send();
    if (response.status !== 503 || performance.now() > deadline) return response;
    await pause(100);
  }
}

describe('Without its database', function () {
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
    it(`says 503 and when to come again, everywhere and within 5 s (${what})`, async () => {
      cable[kind]();
      for (const calls of [everything().slice(0, 12), everything().slice(12)]) {
        await expectUnavailable(calls);
      }
    });

    it(`still tells what it offers and its keys, and says that it is alive but not ready (${what})`, async () => {
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

    it(`works again by itself, and nothing that was tried is used up (${what})`, async () => {
      cable[kind]();
      await expectUnavailable(appApiCalls(scene));
      cable.restore();
      const calls = new Map(everything().map(({ name, send }) => [name, send]));
      for (const name of ['userinfo', 'account profile', '/account', '/api/v1/account', 'auth']) {
        const { status } = await untilWell(calls.get(name) ?? missing);
        expect(status, name).to.be.oneOf([200, 303]);
      }
      expect((await untilWell(() => fetch(`${server.url}/health/ready`))).status).to.equal(200);
    });
  }

  it('takes the code and the refresh token once it is back', async () => {
    const calls = new Map(appApiCalls(scene).map(({ name, send }) => [name, send]));
    for (const name of ['code', 'refresh']) {
      const answer = await untilWell(calls.get(name) ?? missing);
      expect(answer.status, `${name}: ${await answer.text()}`).to.equal(200);
    }
  });
});

describe('Without its Redis', function () {
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
    it(`says 503 to apps and to sign-ins under way (${what})`, async () => {
      cable[kind]();
      await expectUnavailable([
        ...appApiCalls(scene),
        ...signInCalls(scene).filter(({ name }) => name === 'sign-in page' || name === 'password'),
      ]);
    });

    it(`goes on serving who is signed in, from the database (${what})`, async () => {
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

  it('takes the code and the refresh token that were tried meanwhile, once it is back', async () => {
    cable.cut();
    await expectUnavailable(appApiCalls(scene));
    // Longer than the grace in which a client may repeat a request.
    await pause(2_500);
    cable.restore();
    const calls = new Map(appApiCalls(scene).map(({ name, send }) => [name, send]));
    for (const name of ['userinfo', 'code', 'refresh']) {
      const answer = await untilWell(calls.get(name) ?? missing);
      expect(answer.status, `${name}: ${await answer.text()}`).to.equal(200);
    }
  });
});

function missing(): Promise<Response> {
  throw new Error('there is no such call');
}
