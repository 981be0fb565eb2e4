import { setTimeout as pause } from 'node:timers/promises';

import { expect } from 'chai';
import * as oauth from 'openid-client';

import {
  advanceSigningKeys,
  listSigningKeys,
  PUBLISHED_AHEAD_MS,
  rotateSigningKeys,
  withdrawSigningKey,
} from '../../../src/platform/keys/signing-key-rotation.ts';
import { SIGNING_ALGORITHMS } from '../../../src/platform/keys/signing-keys.ts';
import { waitFor } from '../../support/wait-for.ts';
import { appAt } from '../../support/people/app-calls.ts';
import { connectApp } from '../../support/people/connect-app.ts';
import { createPerson, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../../support/people/third-party-app.ts';
import { startInstallation, type Installation } from './installation.ts';
import { startVerifier, type Verifier } from './verifier.ts';

const API = 'https://orders.example';
const SCOPE = 'openid profile email offline_access';
/** How long verifiers cache the keys; minutes in production. A key is published an hour before it signs. */
const KEYS_KEPT_MS = 1_500;
const WITHIN_MS = 1_000;
/** Loops of the traffic and the least time between two tokens of one loop, so that they stay below the 100 requests a second of nginx. */
const LOOPS = 6;
const PACE_MS = 65;
const LEAST_PER_SECOND = 50;
const ROTATIONS = 3;

describe('Signing keys of two nodes', function () {
  this.timeout(180_000);
  let installation: Installation;
  let ana: TestPerson;
  let verifier: Verifier;
  let app: ThirdPartyApp;
  let api: ThirdPartyApp;
  let refreshToken: string;
  let apiRefreshToken: string;

  before(async () => {
    installation = await startInstallation();
    const { connected, url, fetch, nginx } = installation;
    verifier = await startVerifier({
      issuer: url,
      certificate: nginx.certificate,
      keysKeptMs: KEYS_KEPT_MS,
    });
    ana = await createPerson(connected);
    const { accountId } = ana;
    const words = { title: { en: 'Orders', ru: 'Заказы' }, actorId: accountId };
    const server = { identifier: API, accessTokenFormat: 'jwt' as const };
    await connected.scopes.defineResourceServer({
      ...words,
      ...server,
      accessTokenLifetimeSeconds: 300,
    });
    await connected.scopes.defineScope({
      ...words,
      name: 'orders:read',
      description: { en: 'All of them.', ru: 'Все.' },
      sensitivity: 'low',
      resource: API,
    });
    app = await registerThirdPartyApp({ url, connected }, accountId, { fetch });
    api = await registerThirdPartyApp({ url, connected }, accountId, {
      fetch,
      scopes: ['openid', 'orders:read', 'offline_access'],
    });
    const visitor = visitorAt(url, { fetch });
    const parameters = { scope: SCOPE, prompt: 'consent' };
    const tokens = await connectApp({ visitor, app, person: ana, parameters });
    refreshToken = tokens.refresh_token ?? '';
    apiRefreshToken = (await connectApi()).refresh_token ?? '';
  });
  after(async () => {
    await verifier.stop();
    await installation.stop();
  });

  /** The dependencies of the key schedule with a clock ahead of now. */
  const deps = (laterMs = 0) => ({
    ...installation.connected,
    rotationDays: 90,
    clock: { now: () => new Date(Date.now() + laterMs) },
  });
  const newIdToken = async (): Promise<string> =>
    (await oauth.refreshTokenGrant(app.config, refreshToken)).id_token ?? '';
  const kidOf = (token: string): unknown =>
    (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: unknown })
      .kid;
  const connectApi = async () => {
    const visitor = visitorAt(installation.url, { fetch: installation.fetch });
    const scope = 'openid orders:read offline_access';
    const attempt = await api.begin(visitor, { scope, prompt: 'consent', resource: API });
    await connectAs(visitor);
    return attempt.finish({ resource: API });
  };
  /** An access token in JWT format. */
  const newJwt = async (): Promise<string> =>
    (await oauth.refreshTokenGrant(api.config, apiRefreshToken, { resource: API })).access_token;
  const connectAs = async (visitor: ReturnType<typeof visitorAt>): Promise<void> => {
    const form = { identifier: ana.email, password: ana.password };
    await visitor.submitForm('form[action$="/sign-in"]', form);
    await visitor.submitForm('button[value=allow]', { 'scope.orders:read': 'allow' });
  };

  it('rotate three times under traffic without a failure at verifiers with cached keys (K-02)', async () => {
    let isRunning = true;
    let verified = 0;
    const kids = new Set<unknown>();
    const problems: string[] = [];
    const kept: string[] = [];
    const use = async (newToken: () => Promise<string>): Promise<void> => {
      while (isRunning) {
        const next = pause(PACE_MS);
        try {
          const token = await newToken();
          if (!kids.has(kidOf(token))) kept.push(token);
          kids.add(kidOf(token));
          const problem = await verifier.verify(token);
          if (problem !== null) throw new Error(problem);
          verified += 1;
        } catch (error) {
          problems.push(String(error));
        }
        await next;
      }
    };
    const startedAt = performance.now();
    const kinds = [newIdToken, newJwt];
    const traffic = Promise.all(
      Array.from({ length: LOOPS }, (_loop, index) => use(kinds[index % 2] ?? newJwt)),
    );
    for (let turn = 0; turn < ROTATIONS; turn += 1) {
      expect(await rotateSigningKeys(deps())).to.have.length(SIGNING_ALGORITHMS.length);
      // An hour in production.
      await pause(2 * KEYS_KEPT_MS);
      const known = kids.size;
      await advanceSigningKeys(deps(PUBLISHED_AHEAD_MS + 60_000));
      await waitFor('tokens of both new keys', () => kids.size > known + 1, 20_000);
      for (const token of kept) expect(await verifier.verify(token)).to.equal(null);
    }
    isRunning = false;
    await traffic;
    const perSecond = verified / ((performance.now() - startedAt) / 1000);
    process.stdout.write(
      `${String(ROTATIONS)} rotations, ${String(verified)} tokens verified, ${perSecond.toFixed(0)} a second, ${String(problems.length)} refused\n`,
    );
    expect(problems).to.deep.equal([]);
    expect(kids.size, 'keys of ID tokens (RS256) and of JWT access tokens (ES256)').to.equal(
      2 * (ROTATIONS + 1),
    );
    expect(perSecond).to.be.above(LEAST_PER_SECOND);
  });

  it('are not accepted at any endpoint of both nodes within a second of their withdrawal (K-03)', async () => {
    const idToken = await newIdToken();
    const jwt = await newJwt();
    const statusWithHint = async (nodeUrl: string): Promise<number> =>
      (await fetch(`${nodeUrl}/session/end?id_token_hint=${idToken}`, { redirect: 'manual' }))
        .status;
    const errorWithHint = async (nodeUrl: string): Promise<string> => {
      const target = new URL('/auth', nodeUrl);
      target.search = new URLSearchParams({
        client_id: app.clientId,
        response_type: 'code',
        redirect_uri: 'http://localhost:9/callback',
        scope: 'openid',
        prompt: 'none',
        nonce: 'n',
        id_token_hint: idToken,
      }).toString();
      const response = await fetch(target, { redirect: 'manual' });
      return new URL(response.headers.get('location') ?? 'none:').searchParams.get('error') ?? '';
    };
    for (const { url } of installation.nodes) {
      expect(await statusWithHint(url)).to.be.below(400);
      expect(await errorWithHint(url)).to.equal('login_required');
    }
    expect(await verifier.verify(jwt)).to.equal(null);

    const signing = (await listSigningKeys(deps())).filter(({ status }) => status === 'current');
    expect(signing.map(({ kid }) => kid)).to.include.members([kidOf(idToken), kidOf(jwt)]);
    for (const { kid } of signing) await withdrawSigningKey(deps(), { kid });
    for (const { url } of installation.nodes) {
      await waitFor(
        'the hint to be refused',
        async () => (await statusWithHint(url)) === 400,
        WITHIN_MS,
      );
      expect(await errorWithHint(url)).to.equal('invalid_request');
      const calls = appAt(url, api);
      expect(await calls.userinfo(jwt)).to.include({ isRefused: true });
      expect(await calls.introspect(jwt)).to.include({ isRefused: true });
      expect(await calls.profile(jwt)).to.include({ isRefused: true });
      const published = await (await fetch(`${url}/jwks`)).text();
      for (const { kid } of signing) expect(published).to.not.include(kid);
    }
    await pause(KEYS_KEPT_MS);
    expect(await verifier.verify(jwt)).to.include('no applicable key');
    expect(await verifier.verify(await newIdToken())).to.equal(null);
  });
});
