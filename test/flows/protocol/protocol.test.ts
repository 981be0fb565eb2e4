import { createHash } from 'node:crypto';

import { expect } from 'chai';

import { createPerson, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import {
  APP_ORIGIN,
  REDIRECT_URI,
  registerThirdPartyApp,
  type ThirdPartyApp,
} from '../../support/people/third-party-app.ts';

const VERIFIER = 'v'.repeat(43);
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');

describe('The protocol', () => {
  let server: TestServer;
  let owner: TestPerson;
  let app: ThirdPartyApp;

  before(async () => {
    server = await startTestServer();
    owner = await createPerson(server.connected);
    app = await registerThirdPartyApp(server, owner.accountId);
  });
  after(() => server.stop());

  const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${server.url}${path}`, { redirect: 'manual', headers });

  const post = (path: string, fields: Record<string, string>, headers = {}): Promise<Response> =>
    fetch(`${server.url}${path}`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams(fields),
      headers,
    });

  const authorize = (parameters: Record<string, string>): Promise<Response> =>
    get(
      `/auth?${new URLSearchParams({
        client_id: app.clientId,
        redirect_uri: REDIRECT_URI,
        response_type: 'code',
        scope: 'openid',
        code_challenge: CHALLENGE,
        code_challenge_method: 'S256',
        ...parameters,
      }).toString()}`,
      { accept: 'text/html' },
    );

  const basic = () => ({
    authorization: `Basic ${Buffer.from(`${app.clientId}:${app.clientSecret}`).toString('base64')}`,
  });

  describe('discovery', () => {
    for (const path of [
      '/.well-known/openid-configuration',
      '/.well-known/oauth-authorization-server',
    ]) {
      it(`announces exactly the supported features at ${path}`, async () => {
        const metadata = (await (await get(path)).json()) as Record<string, unknown>;
        expect(metadata['issuer']).to.equal(server.url);
        expect(metadata['response_types_supported']).to.deep.equal(['code', 'none']);
        expect(metadata['code_challenge_methods_supported']).to.deep.equal(['S256']);
        expect(metadata['grant_types_supported']).to.have.members([
          'authorization_code',
          'refresh_token',
          'client_credentials',
        ]);
        expect(metadata['authorization_response_iss_parameter_supported']).to.equal(true);
        expect(metadata['id_token_signing_alg_values_supported']).to.have.members([
          'ES256',
          'RS256',
          'PS256',
          'EdDSA',
        ]);
        expect(metadata['subject_types_supported']).to.have.members(['public', 'pairwise']);
        expect(metadata['ui_locales_supported']).to.deep.equal(['en', 'ru']);
      });
    }

    it('does not change with the Host or forwarding headers of a request', async () => {
      const answer = await get('/.well-known/openid-configuration', {
        'x-forwarded-host': 'evil.example',
        'x-forwarded-proto': 'https',
        forwarded: 'host=evil.example',
      });
      expect(await answer.text()).not.to.contain('evil.example');
    });

    it('responds 304 to a matching If-None-Match', async () => {
      const etag = (await get('/jwks')).headers.get('etag') ?? '';
      const again = await get('/jwks', { 'if-none-match': etag });
      expect(again.status).to.equal(304);
    });

    it('publishes a key for each algorithm without private parameters', async () => {
      const { keys } = (await (await get('/jwks')).json()) as { keys: Record<string, unknown>[] };
      expect(keys.map(({ alg }) => alg)).to.have.members(['ES256', 'RS256', 'PS256', 'EdDSA']);
      for (const key of keys) {
        expect(Object.keys(key)).not.to.include.members(['d']);
        expect(key).not.to.have.any.keys('d', 'p', 'q', 'dp', 'dq', 'qi', 'k');
      }
    });

    it('can be read from any origin, but not with credentials', async () => {
      const answer = await get('/jwks', { origin: 'https://app.example' });
      expect(answer.headers.get('access-control-allow-origin')).to.equal('*');
      expect(answer.headers.get('access-control-allow-credentials')).to.equal(null);
    });
  });

  describe('an authorization request', () => {
    const HOSTILE = [
      `${APP_ORIGIN}/Callback`,
      `${APP_ORIGIN}/callback/`,
      `${APP_ORIGIN}/callback?x=1`,
      `${APP_ORIGIN}/callback#x`,
      `${APP_ORIGIN}/%2e%2e/callback`,
      `${APP_ORIGIN}.evil.example/callback`,
      'http://localhost:9@evil.example/callback',
      'https://evil.example/callback',
      'javascript:alert(1)',
    ];
    for (const uri of HOSTILE) {
      it(`never redirects to ${uri}`, async () => {
        const answer = await authorize({ redirect_uri: uri });
        expect(answer.status).to.be.within(400, 499);
        expect(answer.headers.get('location')).to.equal(null);
      });
    }

    it('with an unregistered redirect address shows that address as text', async () => {
      const uri = 'http://localhost:9/callback/old?<b>x</b>';
      const visitor = visitorAt(server.url);
      await app.begin(visitor, { redirect_uri: uri });
      expect(visitor.page.status).to.equal(400);
      expect(visitor.page.text).to.contain(uri);
      await visitor.get(
        `/session/end?client_id=${app.clientId}&post_logout_redirect_uri=${encodeURIComponent(uri)}`,
      );
      expect(visitor.page.status).to.equal(400);
      expect(visitor.page.text).to.contain(uri);
    });

    it('with an unknown app causes no redirect, also with prompt=none', async () => {
      const answer = await authorize({ client_id: 'nobody', prompt: 'none' });
      expect(answer.status).to.equal(400);
      expect(answer.headers.get('location')).to.equal(null);
    });

    for (const type of ['token', 'id_token', 'code id_token', 'id_token token']) {
      it(`of type "${type}" is refused`, async () => {
        const answer = await authorize({ response_type: type, nonce: 'n' });
        expect(new URL(answer.headers.get('location') ?? '').href).to.contain(
          'unsupported_response_type',
        );
      });
    }

    it('without PKCE or with the plain method is refused', async () => {
      const plain = await authorize({ code_challenge: VERIFIER, code_challenge_method: 'plain' });
      expect(plain.headers.get('location')).to.contain('error=invalid_request');
      const none = await get(
        `/auth?client_id=${app.clientId}&response_type=code&scope=openid&redirect_uri=${encodeURIComponent(REDIRECT_URI)}`,
      );
      expect(none.headers.get('location')).to.contain('error=invalid_request');
    });

    it('has the issuer in its error response (RFC 9207)', async () => {
      const answer = await authorize({ prompt: 'none' });
      const query = new URL(answer.headers.get('location') ?? '').searchParams;
      expect(query.get('error')).to.equal('login_required');
      expect(query.get('iss')).to.equal(server.url);
    });

    it('with a login_hint shows the sign-in page with that address', async () => {
      const visitor = visitorAt(server.url);
      await app.begin(visitor, { login_hint: owner.email });
      expect(
        visitor.page.document.querySelector('input[name=identifier]')?.getAttribute('value'),
      ).to.equal(owner.email);
      expect(visitor.page.url.pathname).to.match(/^\/interaction\//);
    });

    it('shows pages in the language of ui_locales', async () => {
      const visitor = visitorAt(server.url);
      await app.begin(visitor, { ui_locales: 'ru' });
      expect(visitor.page.document.querySelector('html')?.getAttribute('lang')).to.equal('ru');
    });

    it('can be pushed, and is refused for another app (RFC 9126)', async () => {
      const pushed = await post(
        '/par',
        {
          client_id: app.clientId,
          redirect_uri: REDIRECT_URI,
          response_type: 'code',
          scope: 'openid',
          code_challenge: CHALLENGE,
          code_challenge_method: 'S256',
        },
        basic(),
      );
      expect(pushed.status).to.equal(201);
      const { request_uri: requestUri } = (await pushed.json()) as { request_uri: string };
      const other = await registerThirdPartyApp(server, owner.accountId);
      const stolen = await get(
        `/auth?client_id=${other.clientId}&request_uri=${encodeURIComponent(requestUri)}`,
      );
      expect(stolen.status).to.equal(400);
      const used = await get(
        `/auth?client_id=${app.clientId}&request_uri=${encodeURIComponent(requestUri)}`,
      );
      expect(used.headers.get('location')).to.match(/\/interaction\//);
    });
  });

  describe('the token endpoint', () => {
    it('offers no password grant', async () => {
      const answer = await post(
        '/token',
        { grant_type: 'password', username: owner.email, password: owner.password },
        basic(),
      );
      expect(answer.status).to.equal(400);
      expect(await answer.json()).to.have.property('error', 'unsupported_grant_type');
    });

    it('responds 401 with a challenge to a wrong secret', async () => {
      const answer = await post(
        '/token',
        { grant_type: 'client_credentials' },
        { authorization: `Basic ${Buffer.from(`${app.clientId}:wrong`).toString('base64')}` },
      );
      expect(answer.status).to.equal(401);
      expect(answer.headers.get('www-authenticate')).to.match(/^Basic/);
      expect(answer.headers.get('cache-control')).to.equal('no-store');
    });

    it('issues a machine app a token without access to accounts', async () => {
      const machine = await registerThirdPartyApp(server, owner.accountId, {
        applicationType: 'machine',
        redirectUris: [],
        postLogoutRedirectUris: [],
        scopes: [],
      });
      const authorization = `Basic ${Buffer.from(`${machine.clientId}:${machine.clientSecret}`).toString('base64')}`;
      const answer = await post('/token', { grant_type: 'client_credentials' }, { authorization });
      expect(answer.status).to.equal(200);
      const { access_token: token } = (await answer.json()) as { access_token: string };
      const userinfo = await get('/userinfo', { authorization: `Bearer ${token}` });
      expect(userinfo.status).to.equal(401);
      const account = await get('/api/v1/account', { authorization: `Bearer ${token}` });
      expect(account.status).to.equal(401);
    });

    it('answers a revocation with an empty body and no content type', async () => {
      const answer = await post('/token/revocation', { token: 'unknown' }, basic());
      expect(answer.status).to.equal(200);
      expect(answer.headers.get('content-type')).to.equal(null);
      expect(await answer.text()).to.equal('');
    });

    it('refuses an app that may not use the grant type', async () => {
      const answer = await post('/token', { grant_type: 'client_credentials' }, basic());
      expect(await answer.json()).to.have.property('error', 'unauthorized_client');
    });
  });
});
