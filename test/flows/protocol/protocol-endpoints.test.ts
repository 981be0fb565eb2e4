import { expect } from 'chai';
import * as oauth from 'openid-client';

import { connectApp } from '../../support/people/connect-app.ts';
import { createPerson, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import {
  REDIRECT_URI,
  registerThirdPartyApp,
  type ThirdPartyApp,
} from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';
import { push, VERIFIER } from './grant-scene.ts';

const HTML = { accept: 'text/html' };
const FOREIGN = { ...HTML, origin: 'https://app.example', 'sec-fetch-site': 'cross-site' };

describe('The protocol endpoints', () => {
  let server: TestServer;
  let ana: TestPerson;
  let app: ThirdPartyApp;

  before(async () => {
    server = await startTestServer();
    ana = await createPerson(server.connected);
    app = await registerThirdPartyApp(server, ana.accountId);
  });
  after(() => server.stop());

  const request = (method: string, path: string, headers: Record<string, string> = HTML) =>
    fetch(`${server.url}${path}`, { method, headers, redirect: 'manual' });

  const signedIn = async (): Promise<Visitor> => {
    const visitor = visitorAt(server.url);
    await connectApp({ visitor, app, person: ana });
    return visitor;
  };

  const parameters = async (): Promise<Record<string, string>> => ({
    client_id: app.clientId,
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    scope: 'openid profile email',
    state: 'posted',
    code_challenge: await oauth.calculatePKCECodeChallenge(VERIFIER),
    code_challenge_method: 'S256',
  });

  it('respond 405 with the allowed methods to other methods', async () => {
    const expected = [
      ['DELETE', '/auth', 'GET, HEAD, POST'],
      ['POST', '/auth/abc', 'GET, HEAD'],
      ['GET', '/token', 'OPTIONS, POST'],
      ['PUT', '/userinfo', 'GET, HEAD, OPTIONS, POST'],
      ['POST', '/jwks', 'GET, HEAD, OPTIONS'],
      ['GET', '/token/introspection', 'OPTIONS, POST'],
      ['GET', '/token/revocation', 'OPTIONS, POST'],
      ['GET', '/par', 'OPTIONS, POST'],
      ['PATCH', '/session/end', 'GET, HEAD, POST'],
      ['GET', '/session/end/confirm', 'POST'],
      ['POST', '/session/end/success', 'GET, HEAD'],
      ['POST', '/.well-known/openid-configuration', 'GET, HEAD, OPTIONS'],
      ['DELETE', '/.well-known/oauth-authorization-server', 'GET, HEAD, OPTIONS'],
    ] as const;
    for (const [method, path, allow] of expected) {
      const answer = await request(method, path);
      expect(answer.status, `${method} ${path}`).to.equal(405);
      expect(answer.headers.get('allow'), `${method} ${path}`).to.equal(allow);
    }
    expect(expected).to.have.length(13);
  });

  it('answer programs in JSON, also when their HTTP library prefers HTML (RFC 6749 §5.2)', async () => {
    // The default of `HttpURLConnection`.
    const JAVA = 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2';
    for (const accept of [JAVA, 'text/html']) {
      for (const path of [
        '/token',
        '/token/introspection',
        '/token/revocation',
        '/par',
        '/userinfo',
      ]) {
        const answer = await fetch(`${server.url}${path}`, {
          method: 'POST',
          headers: { accept },
          body: new URLSearchParams({ client_id: app.clientId, client_secret: 'wrong' }),
        });
        expect(answer.status, path).to.be.oneOf([400, 401]);
        expect(answer.headers.get('content-type'), path).to.include('application/json');
        expect(answer.headers.get('set-cookie'), path).to.equal(null);
        expect(await answer.json(), path).to.have.property('error');
      }
    }
  });

  it('respond with a 404 page to unknown paths below them', async () => {
    for (const path of ['/auth/a/b', '/auth/%00', '/session/end/nothing']) {
      const answer = await request('GET', path);
      expect(answer.status, path).to.equal(404);
      expect(answer.headers.get('content-type'), path).to.include('text/html');
      expect(answer.headers.get('content-security-policy'), path).to.include("default-src 'none'");
    }
    const unknown = await request('GET', '/auth/anything');
    expect(unknown.status).to.equal(303);
    expect(unknown.headers.get('location')).to.equal('/auth/anything?again=1');
    const again = await request('GET', '/auth/anything?again=1');
    expect(again.headers.get('location')).to.equal('/interaction/anything');
    const ended = await request('GET', '/interaction/anything');
    expect(ended.status).to.equal(410);
    expect(await ended.text()).to.include('This sign-in has ended');
  });

  it('accept an authorization request by POST, also from another site', async () => {
    const visitor = await signedIn();
    const body = new URLSearchParams(await parameters());
    const posted = await visitor.request(`${server.url}/auth`, {
      method: 'POST',
      body,
      headers: FOREIGN,
    });
    expect(posted.status).to.equal(303);
    await visitor.get(new URL(posted.headers.get('location') ?? '', server.url));
    expect(visitor.page.url.href.startsWith(REDIRECT_URI), visitor.page.url.href).to.equal(true);
    expect(visitor.page.url.searchParams.get('state')).to.equal('posted');
    expect(visitor.page.url.searchParams.get('code')).to.be.a('string');
  });

  it('refuse a repeated parameter and a too long request by POST', async () => {
    const repeated = new URLSearchParams(await parameters());
    repeated.append('state', 'again');
    const visitor = visitorAt(server.url);
    const answer = await visitor.request(`${server.url}/auth`, { method: 'POST', body: repeated });
    const followed = await visitor.request(answer.headers.get('location') ?? '');
    expect(followed.headers.get('location') ?? (await followed.text())).to.include(
      'invalid_request',
    );
    const long = new URLSearchParams({ ...(await parameters()), state: 'x'.repeat(20_000) });
    const headers = { accept: 'application/json' };
    const refused = await fetch(`${server.url}/auth`, { method: 'POST', body: long, headers });
    expect(refused.status).to.equal(413);
    expect(await refused.json()).to.have.property('code', 'request_too_long');
  });

  it('return interaction_expired as JSON for an unknown sign-in', async () => {
    const answer = await fetch(`${server.url}/interaction/${'x'.repeat(43)}`, {
      headers: { accept: 'application/json' },
    });
    expect(answer.status).to.equal(410);
    expect(await answer.json()).to.have.property('code', 'interaction_expired');
  });

  it('accept a sign-out request by POST', async () => {
    const visitor = await signedIn();
    const body = new URLSearchParams({ client_id: app.clientId });
    const posted = await visitor.request(`${server.url}/session/end`, {
      method: 'POST',
      body,
      headers: FOREIGN,
    });
    expect(posted.status).to.equal(303);
    await visitor.get(new URL(posted.headers.get('location') ?? '', server.url));
    expect(visitor.page.document.querySelector('button[name=logout]')).not.to.equal(null);
  });

  it('show that the person is signed out when the form is sent twice', async () => {
    const visitor = await signedIn();
    await visitor.get(`${server.url}/session/end`);
    const xsrf = visitor.page.document.querySelector('input[name=xsrf]')?.getAttribute('value');
    const form = { xsrf: xsrf ?? '', logout: 'yes' };
    const press = (fields: Record<string, string>) =>
      visitor.request('/session/end/confirm', {
        method: 'POST',
        body: new URLSearchParams(fields),
      });
    // An old form while still signed in: the confirmation is shown again.
    const stale = await press({ ...form, xsrf: 'old' });
    expect(stale.headers.get('location')).to.equal('/session/end');
    expect((await press(form)).status).to.equal(303);
    const second = await press(form);
    expect(second.status).to.equal(200);
    expect(await second.text()).to.include('You are signed out');
  });

  it('show that a sign-in is over when its pushed request is used again', async () => {
    const { body } = await push(app, {});
    const visitor = await signedIn();
    const query = new URLSearchParams({
      client_id: app.clientId,
      request_uri: String(body['request_uri']),
    });
    await visitor.get(`${server.url}/auth?${query.toString()}`);
    await visitor.get(`${server.url}/auth?${query.toString()}`);
    expect(visitor.page.status).to.equal(400);
    expect(visitor.page.text).to.include('This sign-in has ended');
  });

  it('do not reflect the origin in a preflight', async () => {
    for (const path of ['/token', '/userinfo', '/token/revocation', '/par', '/jwks']) {
      const answer = await request('OPTIONS', path, {
        origin: 'https://evil.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'x-evil',
      });
      expect(answer.status, path).to.equal(204);
      expect(answer.headers.get('access-control-allow-origin'), path).to.equal('*');
      expect(answer.headers.get('access-control-allow-credentials'), path).to.equal(null);
      expect(answer.headers.get('access-control-allow-headers'), path).not.to.include('x-evil');
    }
  });
});
