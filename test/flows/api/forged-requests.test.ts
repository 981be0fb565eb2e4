import { expect } from 'chai';

import { connectApp } from '../../support/people/connect-app.ts';
import { callApi, signedInVisitor } from '../../support/people/console-visitor.ts';
import { createPerson, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';

const EVIL = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
const OURS = { 'sec-fetch-site': 'same-origin' };

describe('A forged request', () => {
  let server: TestServer;
  let ana: TestPerson;
  let app: ThirdPartyApp;
  let visitor: Visitor;

  before(async () => {
    server = await startTestServer();
    ana = await createPerson(server.connected);
    app = await registerThirdPartyApp(server, ana.accountId);
    visitor = await signedInVisitor(server.url, ana);
    await connectApp({ visitor, app, person: ana });
    await visitor.get(`${server.url}/account/apps/${app.clientId}/end`);
  });
  after(() => server.stop());

  const tokenOf = (from: Visitor): string =>
    from.page.document.querySelector('input[name=_csrf]')?.getAttribute('value') ?? '';

  const post = (
    from: Visitor,
    address: string,
    options: {
      readonly fields?: Record<string, string>;
      readonly headers?: Record<string, string>;
    },
  ): Promise<Response> =>
    from.request(address, {
      method: 'POST',
      body: new URLSearchParams(options.fields ?? {}),
      headers: options.headers ?? OURS,
    });

  const isConnected = async (): Promise<boolean> =>
    (await server.connected.consents.find({ accountId: ana.accountId, clientId: app.clientId })) !==
    null;

  for (const [title, path, fields] of [
    ['to end an app', () => `/account/apps/${app.clientId}/end`, {}],
    ['to sign out everywhere', () => '/account/sessions/end-all', { which: 'all' }],
    ['to change the language', () => '/preferences/locale', { locale: 'ru' }],
    ['to register an app', () => '/developer/apps/new', { name: 'Trap' }],
  ] as const) {
    it(`${title} is refused from another site, without a CSRF token and with the token of another visitor`, async () => {
      const other = visitorAt(server.url);
      await app.begin(other);
      const address = `${server.url}${path()}`;
      const right = tokenOf(visitor);
      for (const attempt of [
        { fields: { ...fields, _csrf: right }, headers: EVIL },
        { fields },
        { fields: { ...fields, _csrf: tokenOf(other) } },
        { fields: { ...fields, _csrf: `${right}x` } },
      ]) {
        const answer = await post(visitor, address, attempt);
        expect(answer.status, JSON.stringify(attempt)).to.equal(403);
      }
      expect(await isConnected()).to.equal(true);
      expect((await visitor.request(`${server.url}/api/v1/account`)).status).to.equal(200);
    });
  }

  it('to sign a visitor in as the attacker is refused', async () => {
    const victim = visitorAt(server.url);
    await app.begin(victim);
    const address = `${victim.page.url.href}/sign-in`;
    const fields = { identifier: ana.email, password: ana.password };
    for (const attempt of [
      { fields },
      { fields: { ...fields, _csrf: tokenOf(victim) }, headers: EVIL },
    ]) {
      expect((await post(victim, address, attempt)).status).to.equal(403);
    }
    expect((await victim.request(`${server.url}/api/v1/account`)).status).to.equal(401);
  });

  it('to submit a consent decision is refused', async () => {
    const other = await registerThirdPartyApp(server, ana.accountId);
    await other.begin(visitor);
    const form = visitor.page.document.querySelector('form[action$="/consent"]');
    const address = `${server.url}${form?.getAttribute('action') ?? ''}`;
    const seen = form?.querySelector('input[name=seen]')?.getAttribute('value') ?? '';
    const answer = await post(visitor, address, { fields: { decision: 'allow', seen } });
    expect(answer.status).to.equal(403);
    const consent = await server.connected.consents.find({
      accountId: ana.accountId,
      clientId: other.clientId,
    });
    expect(consent).to.equal(null);
  });

  it('to the API with the cookie alone is refused; from a page of this site it succeeds', async () => {
    const address = `${server.url}/api/v1/account`;
    const change = (headers: Record<string, string>) =>
      visitor.request(address, {
        method: 'PATCH',
        body: JSON.stringify({ locale: 'en' }),
        headers: { 'content-type': 'application/json', ...headers },
      });
    expect((await change({})).status).to.equal(403);
    expect((await change(EVIL)).status).to.equal(403);
    const ours = await callApi(visitor, 'PATCH', address, { locale: 'en' });
    expect(ours.status).to.equal(200);
  });

  it('to sign out by a plain link shows a confirmation', async () => {
    await visitor.get(`${server.url}/session/end`);
    expect(visitor.page.document.querySelector('button[name=logout]')).not.to.equal(null);
    expect((await visitor.request(`${server.url}/api/v1/account`)).status).to.equal(200);
  });

  describe('that contains HTML', () => {
    const PAYLOAD = `"><script>alert(1)</script><img src=x onerror=alert(2)>'`;

    it('in the login hint shows it as text', async () => {
      const guest = visitorAt(server.url);
      await app.begin(guest, { login_hint: PAYLOAD });
      const { document, body } = guest.page;
      expect(document.querySelector('input[name=identifier]')?.getAttribute('value')).to.equal(
        PAYLOAD,
      );
      expect(body).not.to.contain('<script>alert').and.not.to.contain('<img src=x');
    });

    it('in the name of an app, a parameter or a path shows it as text', async () => {
      const hostile = await registerThirdPartyApp(server, ana.accountId, {
        name: PAYLOAD.slice(0, 60),
      });
      const guest = visitorAt(server.url);
      await hostile.begin(guest);
      expect(guest.page.body).not.to.contain('<script>alert');
      for (const query of ['client_id', 'redirect_uri', 'state', 'scope', 'ui_locales', 'error']) {
        const address = new URL('/auth', server.url);
        address.searchParams.set('client_id', app.clientId);
        address.searchParams.set(query, PAYLOAD);
        await guest.get(address);
        expect(guest.page.body, query)
          .not.to.contain('<script>alert')
          .and.not.to.contain('<img src=x');
      }
      await guest.get(new URL(`/${encodeURIComponent(PAYLOAD)}`, server.url));
      expect(guest.page.body).not.to.contain('<script>alert');
    });
  });
});

describe('Every page', () => {
  let server: TestServer;
  let visitor: Visitor;
  let app: ThirdPartyApp;

  before(async () => {
    server = await startTestServer();
    const ana = await createPerson(server.connected, { isAdministrator: true });
    app = await registerThirdPartyApp(server, ana.accountId);
    visitor = await signedInVisitor(server.url, ana);
    await connectApp({ visitor, app, person: ana });
  });
  after(() => server.stop());

  for (const path of [
    '/account',
    '/account/apps',
    '/account/security',
    '/account/sessions',
    '/account/history',
    '/developer/apps',
    '/admin/permissions',
    '/docs',
    '/session/end',
    '/nothing-here',
    '/auth?client_id=nobody',
  ]) {
    it(`sends the security headers: ${path}`, async () => {
      const { headers } = await visitor.request(`${server.url}${path}`);
      const policy = headers.get('content-security-policy') ?? '';
      for (const part of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"]) {
        expect(policy).to.contain(part);
      }
      expect(policy).not.to.match(/unsafe|\*/);
      expect(headers.get('x-frame-options')).to.equal('DENY');
      expect(headers.get('x-content-type-options')).to.equal('nosniff');
      expect(headers.get('referrer-policy')).to.equal('no-referrer');
      const isOfSignedIn = /^\/(?:account|developer|admin)\b/.test(path);
      const isolation = headers.get('cross-origin-opener-policy');
      expect(isolation).to.equal(isOfSignedIn ? 'same-origin' : null);
      expect(headers.get('cache-control')).to.contain('no-store');
      expect(headers.get('access-control-allow-origin')).to.equal(null);
      expect(headers.get('server') ?? headers.get('x-powered-by')).to.equal(null);
    });
  }

  it('sets only HttpOnly and SameSite cookies', async () => {
    const fresh = visitorAt(server.url);
    const cookies: string[] = [];
    let next: string | null = `${server.url}/account`;
    while (next !== null) {
      const answer: Response = await fresh.request(next);
      cookies.push(...answer.headers.getSetCookie());
      const location = answer.headers.get('location');
      next = location === null ? null : new URL(location, server.url).href;
    }
    expect(cookies).not.to.be.empty;
    for (const cookie of cookies)
      expect(cookie)
        .to.match(/samesite=(lax|strict)/i)
        .and.match(/httponly/i);
  });
});
