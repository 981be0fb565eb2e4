import { setTimeout as pause } from 'node:timers/promises';

import { expect } from 'chai';
import * as oauth from 'openid-client';

import type { ServerNode } from '../support/node.ts';
import { createPerson, signIn, visitorAt, type TestPerson } from '../support/people.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../support/third-party-app.ts';
import { startInstallation, type Installation } from './installation.ts';

const SCOPE = 'openid profile email offline_access';
const WITHIN_MS = 1_000;

describe('Two nodes behind nginx with TLS, PostgreSQL and Redis', function () {
  // The first run may have to fetch nginx and Redis.
  this.timeout(120_000);
  let installation: Installation;
  let ana: TestPerson;
  let app: ThirdPartyApp;

  before(async () => {
    installation = await startInstallation();
    const { connected, url, fetch } = installation;
    ana = await createPerson(connected, { values: { name: ['Ana Petrova'] } });
    app = await registerThirdPartyApp({ url, connected }, ana.accountId, {
      fetch,
      requests: (['name', 'email'] as const).map((claim) => ({
        claim,
        necessity: 'essential',
        purpose: { en: 'To greet you' },
        longestDuration: 'until_withdrawn',
      })),
    });
  });
  after(() => installation.stop());

  const newVisitor = () => visitorAt(installation.url, { fetch: installation.fetch });

  /** Sign-in, consent and tokens of a new browser. */
  const connectApp = async () => {
    const visitor = newVisitor();
    const attempt = await app.begin(visitor, { scope: SCOPE, prompt: 'consent' });
    await signIn(visitor, ana);
    await visitor.submitForm('button[value=allow]');
    return { visitor, tokens: await attempt.finish() };
  };

  it('carries a whole sign-in with consent, each request at another node', async () => {
    installation.takeAnswerers();
    const { tokens } = await connectApp();
    const userinfo = await oauth.fetchUserInfo(app.config, tokens.access_token, ana.accountId);
    expect(userinfo).to.include({ name: 'Ana Petrova', email: ana.email });

    const answerers = installation.takeAnswerers();
    for (const node of installation.nodes) {
      expect(answerers.filter((answerer) => answerer === node)).to.have.length.above(3);
    }
    const stayed = answerers.filter((node, index) => node === answerers[index - 1]);
    expect(stayed, 'requests that stayed at the node of the one before').to.have.length(0);
  });

  it('sets only secure cookies that no other host can plant', async () => {
    const visitor = newVisitor();
    const attempt = await visitor.request(
      oauth.buildAuthorizationUrl(app.config, {
        scope: 'openid',
        redirect_uri: 'http://localhost:9/callback',
        code_challenge: 'a'.repeat(43),
        code_challenge_method: 'S256',
      }),
    );
    const cookies = attempt.headers.getSetCookie();
    expect(cookies).to.not.have.length(0);
    for (const cookie of cookies)
      expect(cookie)
        .to.match(/; secure/i)
        .and.match(/; httponly/i);
  });

  it('refuses an ended app at the other node within a second', async () => {
    for (let round = 0; round < 3; round += 1) {
      const { visitor, tokens } = await connectApp();
      // Both nodes have everything in memory: the worst case.
      for (const node of installation.nodes) {
        expect(await readUserInfo(node, tokens.access_token)).to.equal(200);
        expect(await isActive(node, tokens.access_token)).to.equal(true);
      }
      await visitor.get(`${installation.url}/account/apps/${app.clientId}/end`);
      installation.takeAnswerers();
      await visitor.submitForm('form[action$="/end"]');
      const endedAt = performance.now();
      const [endedBy] = installation.takeAnswerers();
      const other = installation.nodes.find((node) => node !== endedBy);
      if (other === undefined) throw new Error('there is no other node');

      await untilRefused(async () => (await readUserInfo(other, tokens.access_token)) === 401);
      const userinfoMs = performance.now() - endedAt;
      await untilRefused(async () => !(await isActive(other, tokens.access_token)));
      const introspectionMs = performance.now() - endedAt;
      expect(await tryRefresh(other, tokens.refresh_token ?? '')).to.equal('invalid_grant');
      const tokenMs = performance.now() - endedAt;

      for (const elapsed of [userinfoMs, introspectionMs, tokenMs]) {
        expect(elapsed).to.be.below(WITHIN_MS);
      }
    }
  });

  it('finishes a sign-in although the node that began it has died', async () => {
    const visitor = newVisitor();
    installation.takeAnswerers();
    const attempt = await app.begin(visitor, { scope: SCOPE, prompt: 'consent' });
    await signIn(visitor, ana);
    const last = installation.takeAnswerers().at(-1);
    await last?.kill();
    await visitor.submitForm('button[value=allow]');
    const tokens = await attempt.finish();
    const userinfo = await oauth.fetchUserInfo(app.config, tokens.access_token, ana.accountId);
    expect(userinfo).to.include({ name: 'Ana Petrova' });
    expect(new Set(installation.takeAnswerers())).to.have.property('size', 1);
  });

  /** The app's request straight at one node, past nginx. */
  const ask = async (node: ServerNode, endpoint: Endpoint, init: RequestInit) => {
    const address = new URL(String(app.config.serverMetadata()[endpoint]));
    return fetch(new URL(address.pathname, node.url), init);
  };

  const readUserInfo = async (node: ServerNode, accessToken: string): Promise<number> => {
    const headers = { authorization: `Bearer ${accessToken}` };
    return (await ask(node, 'userinfo_endpoint', { headers })).status;
  };

  const isActive = async (node: ServerNode, token: string): Promise<boolean> => {
    const response = await ask(node, 'introspection_endpoint', post(app, { token }));
    return ((await response.json()) as { active: boolean }).active;
  };

  const tryRefresh = async (node: ServerNode, token: string): Promise<string | undefined> => {
    const form = { grant_type: 'refresh_token', refresh_token: token };
    const response = await ask(node, 'token_endpoint', post(app, form));
    return ((await response.json()) as { error?: string }).error;
  };
});

type Endpoint = 'userinfo_endpoint' | 'introspection_endpoint' | 'token_endpoint';

function post(app: ThirdPartyApp, form: Record<string, string>): RequestInit {
  const credentials = Buffer.from(`${app.clientId}:${app.clientSecret}`).toString('base64');
  return {
    method: 'POST',
    headers: { authorization: `Basic ${credentials}` },
    body: new URLSearchParams(form),
  };
}

/** Asks again every few milliseconds; gives up only long after the promise was broken. */
async function untilRefused(isRefused: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 5 * WITHIN_MS;
  while (performance.now() < deadline) {
    if (await isRefused()) return;
    await pause(5);
  }
  throw new Error('it was never refused');
}
