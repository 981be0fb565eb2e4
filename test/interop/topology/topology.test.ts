import { setTimeout as pause } from 'node:timers/promises';

import { expect } from 'chai';
import * as oauth from 'openid-client';

import type { ServerNode } from '../../support/servers/node.ts';
import { createPerson, signIn, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../../support/people/third-party-app.ts';
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

  /** Signs in with a new browser, consents and gets tokens. */
  const connectApp = async () => {
    const visitor = newVisitor();
    const attempt = await app.begin(visitor, { scope: SCOPE, prompt: 'consent' });
    await signIn(visitor, ana);
    await visitor.submitForm('button[value=allow]');
    return { visitor, tokens: await attempt.finish() };
  };

  it('serve a whole sign-in with consent, each request at the other node', async () => {
    installation.takeResponders();
    const { tokens } = await connectApp();
    const userinfo = await oauth.fetchUserInfo(app.config, tokens.access_token, ana.accountId);
    expect(userinfo).to.include({ name: 'Ana Petrova', email: ana.email });

    const responders = installation.takeResponders();
    for (const node of installation.nodes) {
      expect(responders.filter((responder) => responder === node)).to.have.length.above(3);
    }
    const stayed = responders.filter((node, index) => node === responders[index - 1]);
    expect(stayed, 'requests at the same node as the previous request').to.have.length(0);
  });

  it('set only Secure and HttpOnly cookies', async () => {
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

  it('refuse the tokens of an ended app at the other node within a second', async () => {
    for (let round = 0; round < 3; round += 1) {
      const { visitor, tokens } = await connectApp();
      // Fills the caches of both nodes: the worst case.
      for (const node of installation.nodes) {
        expect(await readUserInfo(node, tokens.access_token)).to.equal(200);
        expect(await isActive(node, tokens.access_token)).to.equal(true);
      }
      await visitor.get(`${installation.url}/account/apps/${app.clientId}/end`);
      installation.takeResponders();
      await visitor.submitForm('form[action$="/end"]');
      const endedAt = performance.now();
      const [endedBy] = installation.takeResponders();
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

  it('finish a sign-in after the node that served it was killed', async () => {
    const visitor = newVisitor();
    installation.takeResponders();
    const attempt = await app.begin(visitor, { scope: SCOPE, prompt: 'consent' });
    await signIn(visitor, ana);
    const last = installation.takeResponders().at(-1);
    await last?.kill();
    await visitor.submitForm('button[value=allow]');
    const tokens = await attempt.finish();
    const userinfo = await oauth.fetchUserInfo(app.config, tokens.access_token, ana.accountId);
    expect(userinfo).to.include({ name: 'Ana Petrova' });
    expect(new Set(installation.takeResponders())).to.have.property('size', 1);
  });

  /** Sends a request of the app directly to one node. */
  const sendTo = async (node: ServerNode, endpoint: Endpoint, init: RequestInit) => {
    const address = new URL(String(app.config.serverMetadata()[endpoint]));
    return fetch(new URL(address.pathname, node.url), init);
  };

  const readUserInfo = async (node: ServerNode, accessToken: string): Promise<number> => {
    const headers = { authorization: `Bearer ${accessToken}` };
    return (await sendTo(node, 'userinfo_endpoint', { headers })).status;
  };

  const isActive = async (node: ServerNode, token: string): Promise<boolean> => {
    const response = await sendTo(node, 'introspection_endpoint', post(app, { token }));
    return ((await response.json()) as { active: boolean }).active;
  };

  const tryRefresh = async (node: ServerNode, token: string): Promise<string | undefined> => {
    const form = { grant_type: 'refresh_token', refresh_token: token };
    const response = await sendTo(node, 'token_endpoint', post(app, form));
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

/** Repeats the request every few milliseconds, until five times the permitted time. */
async function untilRefused(isRefused: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 5 * WITHIN_MS;
  while (performance.now() < deadline) {
    if (await isRefused()) return;
    await pause(5);
  }
  throw new Error('the request was never refused');
}
