import { expect } from 'chai';
import * as oauth from 'openid-client';

import { SIGNING_ALGORITHMS } from '../../../src/platform/keys/signing-keys.ts';
import { createPerson, signIn, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import {
  type AppSettings,
  registerStockApp,
  registerThirdPartyApp,
  REDIRECT_URI,
  type ThirdPartyApp,
} from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';

/** The scope of a client library with default settings: no `prompt`, no `claims`. */
const SCOPE = 'openid profile email';

describe('An app with the default settings', () => {
  let server: TestServer;
  let ana: TestPerson;

  before(async () => {
    server = await startTestServer();
    ana = await createPerson(server.connected, { values: { name: ['Ana Example'] } });
  });
  after(() => server.stop());

  const register = (settings: AppSettings = {}): Promise<ThirdPartyApp> =>
    registerStockApp(server, ana.accountId, settings);

  /** Signs Ana in and shares her e-mail and name. */
  async function connect(
    app: ThirdPartyApp,
    parameters: Readonly<Record<string, string>> = {},
    visitor: Visitor = visitorAt(server.url),
  ): Promise<{ tokens: Awaited<ReturnType<typeof finish>>; visitor: Visitor }> {
    const attempt = await app.begin(visitor, { scope: SCOPE, ...parameters });
    const finish = attempt.finish;
    if (visitor.page.document.querySelector('form[action$="/sign-in"]') !== null) {
      await signIn(visitor, ana);
    }
    if (visitor.page.document.querySelector('button[value=allow]') !== null) {
      const requested = ['email', 'name'].filter(
        (claim) => visitor.page.document.querySelector(`[name="claim.${claim}"]`) !== null,
      );
      const answers = requested.map((claim) => [
        `claim.${claim}`,
        ana.attributeIds[claim]?.[0] ?? '',
      ]);
      await visitor.submitForm('button[value=allow]', Object.fromEntries(answers));
    }
    return { tokens: await finish(), visitor };
  }

  const headerOf = (jwt = ''): Record<string, unknown> =>
    JSON.parse(Buffer.from(jwt.split('.')[0] ?? '', 'base64url').toString()) as Record<
      string,
      unknown
    >;

  async function channels(clientId: string): Promise<string[]> {
    const rows = await server.connected.ledger.list({
      accountId: ana.accountId,
      clientId,
      limit: 50,
    });
    return rows.map(({ channel }) => channel);
  }

  it('gets ID tokens signed with RS256, or with the algorithm it registered', async () => {
    const { tokens } = await connect(await register());
    expect(headerOf(tokens.id_token)).to.include({ alg: 'RS256' });
    for (const alg of SIGNING_ALGORITHMS) {
      const chosen = await connect(await register({ idTokenSignedResponseAlg: alg }));
      expect(headerOf(chosen.tokens.id_token)).to.include({ alg });
    }
  });

  it('reads name and e-mail at UserInfo without further registration', async () => {
    const app = await register();
    const { tokens } = await connect(app);
    expect(tokens.claims()).not.to.have.any.keys('email', 'name');
    const user = await oauth.fetchUserInfo(app.config, tokens.access_token, ana.accountId);
    expect(user).to.include({ email: ana.email, name: 'Ana Example' });
  });

  describe('and claimsInIdToken', () => {
    it('receives the claims in the ID token, with one ledger entry for each token', async () => {
      const app = await register({ claimsInIdToken: true });
      const { tokens } = await connect(app);
      expect(tokens.claims()).to.include({ email: ana.email, name: 'Ana Example' });
      expect(await channels(app.clientId)).to.deep.equal(['id_token']);
    });

    it('receives no claim in the ID token that the person refuses later', async () => {
      const app = await register({ claimsInIdToken: true });
      const scope = `${SCOPE} offline_access`;
      await server.connected.clients.change({
        clientId: app.clientId,
        manager: { accountId: ana.accountId, isAdministrator: false },
        changes: { scopes: scope.split(' ') },
      });
      const { tokens } = await connect(app, { scope });
      expect(tokens.claims()).to.include({ email: ana.email });
      await server.connected.consents.changeItem({
        accountId: ana.accountId,
        clientId: app.clientId,
        claim: 'email',
        choice: 'refuse',
        locale: 'en',
      });
      const renewed = await oauth.refreshTokenGrant(app.config, tokens.refresh_token ?? '');
      expect(renewed.claims()).to.include({ name: 'Ana Example' });
      expect(renewed.claims()).not.to.have.any.keys('email', 'email_verified');
    });

    it('has the claims in the preview of the ID token', async () => {
      const app = await register({ claimsInIdToken: true });
      const { visitor } = await connect(app);
      await visitor.get(`${server.url}/account/apps/${app.clientId}`);
      const shown = visitor.page.document
        .querySelectorAll('pre')
        .map(({ text }) => text)
        .filter((text) => text.includes('iss'));
      expect(shown).to.have.length(1);
      expect(shown[0]).to.include(ana.email);
    });
  });

  describe('that requests offline_access', () => {
    const offline = `${SCOPE} offline_access`;
    const settings = { scopes: offline.split(' ') };

    it('gets a refresh token without prompt=consent, after one consent page', async () => {
      const app = await register(settings);
      const first = await connect(app, { scope: offline });
      expect(first.tokens.refresh_token).to.be.a('string');
      expect(first.tokens.scope?.split(' ')).to.include('offline_access');
      const attempt = await app.begin(first.visitor, { scope: offline });
      expect((await attempt.finish()).refresh_token).to.be.a('string');
    });

    it('gets a refresh token through a pushed request', async () => {
      const app = await register(settings);
      const verifier = oauth.randomPKCECodeVerifier();
      const url = await oauth.buildAuthorizationUrlWithPAR(app.config, {
        redirect_uri: REDIRECT_URI,
        scope: offline,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      });
      const visitor = visitorAt(server.url);
      await visitor.get(url);
      await signIn(visitor, ana);
      await visitor.submitForm('button[value=allow]', {});
      const tokens = await oauth.authorizationCodeGrant(app.config, visitor.page.url, {
        pkceCodeVerifier: verifier,
      });
      expect(tokens.refresh_token).to.be.a('string');
    });

    it('causes a new consent page for an earlier consent without it, except in a silent request', async () => {
      const app = await register(settings);
      const { visitor } = await connect(app);
      const silent = await app.begin(visitor, { scope: offline, prompt: 'none' });
      const tokens = await silent.finish();
      expect(tokens.refresh_token).to.equal(undefined);
      expect(tokens.scope?.split(' ')).not.to.include('offline_access');
      await app.begin(visitor, { scope: offline });
      expect(visitor.page.document.querySelector('button[value=allow]')).not.to.equal(null);
    });

    it('gets no refresh token when it has not registered the scope', async () => {
      const { tokens } = await connect(await register(), { scope: offline });
      expect(tokens.refresh_token).to.equal(undefined);
    });
  });

  it('is refused without PKCE and without a nonce', async () => {
    const errorOf = async (settings: AppSettings, extra: object): Promise<string | null> => {
      const app = await register(settings);
      const address = oauth.buildAuthorizationUrl(app.config, {
        redirect_uri: REDIRECT_URI,
        scope: 'openid',
        prompt: 'none',
        ...extra,
      });
      const visitor = visitorAt(server.url);
      await visitor.get(address);
      return visitor.page.url.searchParams.get('error');
    };
    const pkce = { code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' };
    const nonce = { nonce: 'n-0S6_WzA2Mj' };
    expect(await errorOf({}, {})).to.equal('invalid_request');
    expect(await errorOf({}, nonce)).to.equal('login_required');
    expect(await errorOf({}, pkce)).to.equal('login_required');
    expect(await errorOf({ requirePkce: true }, nonce)).to.equal('invalid_request');
    expect(await errorOf({ applicationType: 'single_page' }, nonce)).to.equal('invalid_request');
  });

  it('is refused before any page, with a description, when it may use no requested scope', async () => {
    const app = await register();
    for (const scope of ['', 'foo bar']) {
      const address = oauth.buildAuthorizationUrl(app.config, {
        redirect_uri: REDIRECT_URI,
        code_challenge: 'x'.repeat(43),
        code_challenge_method: 'S256',
        state: 'abc',
        ...(scope === '' ? {} : { scope }),
      });
      const visitor = visitorAt(server.url);
      await visitor.get(address);
      const answer = visitor.page.url.searchParams;
      expect(answer.get('error'), scope).to.equal('invalid_scope');
      expect(answer.get('error_description'), scope).to.match(/scope/);
      // The request and the redirect to the app: no page between them.
      expect(visitor.page.trail, scope).to.have.length(2);
    }
  });

  it('receives a token response without the scopes it may not use', async () => {
    const app = await registerThirdPartyApp(server, ana.accountId, { scopes: ['openid', 'email'] });
    const { tokens } = await connect(app, { scope: 'openid email phone nonsense' });
    expect(tokens.scope?.split(' ')).to.have.members(['openid', 'email']);
  });
});
