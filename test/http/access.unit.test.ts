import { expect } from 'chai';
import { Type } from 'typebox';

import type { AppCaller, TokenCaller } from '../../src/http/routing/caller.ts';
import { pageRoute, redirect } from '../../src/http/routing/page-route.ts';
import { Nothing, route, type ApiSpec } from '../../src/http/routing/route.ts';
import type { Access } from '../../src/http/routing/caller.ts';
import { ana, jsonPost, openApp, type OpenApp } from './open-app.ts';

const administrator = { ...ana, accountId: 'root', isAdministrator: true };
const tool: TokenCaller = {
  kind: 'person',
  via: 'token',
  accountId: 'ana',
  isAdministrator: false,
  clientId: 'cli',
  grantId: 'grant',
  scopes: new Set(['account:read']),
  authenticatedAt: null,
};
const bookshop: AppCaller = {
  kind: 'app',
  accountId: 'ana',
  clientId: 'bookshop',
  grantId: 'g1',
  scopes: new Set(['account:read']),
  requestedClaims: [],
};

function open(access: Access, scope: string | undefined): ReturnType<typeof route> {
  const name = `${access}${scope === undefined ? '' : `-${scope.replace(':', '-')}`}`;
  const spec: ApiSpec<string, Access, undefined, undefined, undefined, typeof Nothing> = {
    method: 'post',
    path: `/api/v1/${name}`,
    operationId: name,
    tag: 'T',
    summary: 's',
    access,
    ...(scope !== undefined && { scope }),
    response: Nothing,
    handle: async () => undefined,
  };
  return route(spec);
}

const routes = [
  open('public', undefined),
  open('person', undefined),
  open('person', 'account:read'),
  open('person', 'account:write'),
  open('person_or_app', 'account:read'),
  open('administrator', 'account:read'),
  pageRoute({
    method: 'get',
    path: '/account/secret',
    access: 'person',
    freshSeconds: 30,
    query: Type.Object({ q: Type.Optional(Type.String({ maxLength: 100 })) }),
    handle: async () => redirect('/'),
  }),
  pageRoute({
    method: 'get',
    path: '/admin',
    access: 'administrator',
    handle: async () => redirect('/'),
  }),
];

describe('Access to API routes', () => {
  let app: OpenApp;
  before(async () => {
    app = await openApp({ routes, callers: { ana, administrator, tool, bookshop } });
  });
  after(() => app.close());

  const rows: readonly (readonly [string, string, number])[] = [
    ['public', 'anonymous', 204],
    ['person', 'anonymous', 401],
    ['person', 'ana', 204],
    ['person', 'tool', 403],
    ['person-account-read', 'tool', 204],
    ['person-account-write', 'tool', 403],
    ['person-account-read', 'bookshop', 403],
    ['person_or_app-account-read', 'bookshop', 204],
    ['person_or_app-account-read', 'anonymous', 401],
    ['administrator-account-read', 'ana', 403],
    ['administrator-account-read', 'tool', 403],
    ['administrator-account-read', 'administrator', 204],
  ];
  for (const [path, caller, status] of rows) {
    it(`${path} responds ${String(status)} to ${caller}`, async () => {
      const headers = { 'x-test-caller': caller, 'sec-fetch-site': 'same-origin' };
      const response = await app.fetch(`/api/v1/${path}`, { method: 'POST', headers });
      expect(response.status).to.equal(status);
    });
  }

  it('names the missing scope in WWW-Authenticate (RFC 6750)', async () => {
    const headers = { 'x-test-caller': 'tool' };
    const response = await app.fetch('/api/v1/person-account-write', { method: 'POST', headers });
    expect(response.headers.get('www-authenticate')).to.equal(
      'Bearer error="insufficient_scope", scope="account:write"',
    );
  });

  it('refuses a session request that another site could have sent', async () => {
    const status = async (headers: Record<string, string>): Promise<number> => {
      const init = jsonPost({}, { 'x-test-caller': 'ana', ...headers });
      return (await app.fetch('/api/v1/person', init)).status;
    };
    expect(await status({})).to.equal(403);
    expect(await status({ 'sec-fetch-site': 'cross-site' })).to.equal(403);
    expect(await status({ 'sec-fetch-site': 'same-site' })).to.equal(403);
    expect(await status({ origin: 'https://evil.example' })).to.equal(403);
    expect(await status({ origin: 'null' })).to.equal(403);
    expect(await status({ origin: 'http://id.example' })).to.equal(204);
    const { cookie, token } = await app.visit();
    expect(await status({ cookie, 'x-csrf-token': token })).to.equal(204);
    expect(await status({ cookie, 'x-csrf-token': token.slice(0, -3) })).to.equal(403);
    const known = { cookie, 'x-csrf-token': token };
    expect(await status({ ...known, 'sec-fetch-site': 'cross-site' })).to.equal(403);
    expect(await status({ ...known, origin: 'https://evil.example' })).to.equal(403);
  });

  it('requires no CSRF proof with a bearer token', async () => {
    const init = jsonPost({}, { 'x-test-caller': 'tool', 'sec-fetch-site': 'cross-site' });
    expect((await app.fetch('/api/v1/person-account-read', init)).status).to.equal(204);
  });
});

describe('Access to pages', () => {
  let app: OpenApp;
  before(async () => {
    app = await openApp({ routes, callers: { ana, administrator, tool } });
  });
  after(() => app.close());

  const visit = (path: string, caller: string): Promise<Response> =>
    app.fetch(path, { headers: { 'x-test-caller': caller, accept: 'text/html' } });

  it('redirects an anonymous request to the sign-in with the requested page', async () => {
    const response = await visit('/admin?tab=2', 'anonymous');
    expect(response.status).to.equal(303);
    expect(response.headers.get('location')).to.equal(
      '/auth?next=%2Fadmin%3Ftab%3D2&prompt=undefined',
    );
  });

  it('treats a token as anonymous', async () => {
    expect((await visit('/admin', 'tool')).headers.get('location')).to.match(/^\/auth/);
  });

  it('requires a new sign-in when the last one is too old', async () => {
    const response = await visit('/account/secret', 'ana');
    expect(response.headers.get('location')).to.match(/prompt=login$/);
  });

  it('shows an error page to people who are not administrators', async () => {
    expect((await visit('/admin', 'ana')).status).to.equal(403);
    expect((await visit('/admin', 'administrator')).status).to.equal(303);
  });
});
