import crypto from 'node:crypto';

import { expect } from 'chai';
import * as jose from 'jose';

import { CLIENT_SIGNING_ALGORITHMS } from '../../../src/clients/index.ts';
import { callApi, signedInVisitor } from '../../support/people/console-visitor.ts';
import { createPerson, type TestPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import {
  REDIRECT_URI,
  registerThirdPartyApp,
  type ThirdPartyApp,
} from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';

const HTML = { accept: 'text/html' };

describe('Hostile input', () => {
  let server: TestServer;
  let ana: TestPerson;
  let app: ThirdPartyApp;
  let visitor: Visitor;

  before(async () => {
    server = await startTestServer();
    ana = await createPerson(server.connected);
    app = await registerThirdPartyApp(server, ana.accountId);
    visitor = await signedInVisitor(server.url, ana);
  });
  after(() => server.stop());

  const get = (path: string, headers: Record<string, string> = HTML): Promise<Response> =>
    fetch(`${server.url}${path}`, { headers, redirect: 'manual' });

  describe('in a path', () => {
    it('causes no redirect to another site', async () => {
      const uids = ['..%2f%2fevil.example', '%2f%2fevil.example', '..%5cevil.example', '..%2f..'];
      const steps = ['/confirm', '/reset', '/restore', '', '/sign-in', '/register'];
      let tried = 0;
      for (const uid of uids) {
        for (const step of steps) {
          const answer = await get(`/interaction/${uid}${step}`);
          expect(answer.headers.get('location'), `${uid}${step}`).to.equal(null);
          expect(answer.status, `${uid}${step}`).to.equal(404);
          tried += 1;
        }
      }
      expect(tried).to.equal(24);
    });

    it('is answered with 404', async () => {
      const token = await ownToken(app, server.url, 'grant_management_query');
      const authorization = { authorization: `Bearer ${token}` };
      const answers = [
        await get('/grants/%00', authorization),
        await get('/grants/a%20b', authorization),
        await visitor.request('/api/v1/account/records/%00'),
        await visitor.request('/api/v1/account/records/shop/%00'),
        await visitor.request('/api/v1/account/apps/%00'),
        await visitor.request('/account/apps/%00'),
        await visitor.request('/account/apps/..%2f..%2f'),
        await visitor.request('/developer/apps/%00/settings'),
        await visitor.request('/account/values/add/%00'),
        await get('/pictures/%00'),
        await get('/confirm/%00'),
        await get('/api/v1/scopes/%00'),
        await get('/api/v1/claims/%00'),
      ];
      for (const answer of answers) expect(answer.status, answer.url).to.equal(404);
      expect(answers).to.have.length(13);
    });
  });

  describe('that PostgreSQL cannot store', () => {
    const parameters = {
      client_id: '',
      response_type: 'code',
      redirect_uri: REDIRECT_URI,
      scope: 'openid',
      state: 's',
      nonce: 'n',
      login_hint: 'ana@example.org',
      claims: '{}',
      resource: 'https://api.example',
      acr_values: 'x',
      ui_locales: 'en',
      id_token_hint: 'x.y.z',
      grant_id: 'g',
    };

    it('is refused in every parameter of the authorization endpoint', async () => {
      const names = Object.keys(parameters);
      for (const name of names) {
        const query = new URLSearchParams({ ...parameters, client_id: app.clientId, [name]: '\0' });
        const answer = await get(`/auth?${query.toString()}`);
        const target = new URL(answer.headers.get('location') ?? server.url);
        const isRefused =
          answer.status === 400 || target.searchParams.get('error') === 'invalid_request';
        expect(isRefused, `${name}: ${String(answer.status)} ${target.href}`).to.equal(true);
      }
      expect(names).to.have.length(13);
    });

    it('is refused at the token, introspection, revocation and pushed request endpoints', async () => {
      const tried = [
        ['/token', 'grant_type'],
        ['/token', 'code'],
        ['/token', 'refresh_token'],
        ['/token', 'client_id'],
        ['/token', 'scope'],
        ['/token/introspection', 'token'],
        ['/token/revocation', 'token'],
        ['/par', 'client_id'],
        ['/par', 'state'],
        ['/par', 'login_hint'],
      ] as const;
      for (const [path, name] of tried) {
        const form = { grant_type: 'authorization_code', code: 'c', [name]: 'x\0' };
        const answer = await post(server.url, path, form, basic(app));
        const { error } = (await answer.json()) as { error: string };
        expect(answer.status, `${path} ${name} ${error}`).to.equal(400);
        expect(error, `${path} ${name}`).to.equal('invalid_request');
      }
      expect(tried).to.have.length(10);
    });

    it('is refused in the credentials of an app', async () => {
      const answers = [
        await post(server.url, '/token', { grant_type: 'client_credentials' }, 'Basic AAA6eA=='),
        await post(
          server.url,
          '/token',
          { grant_type: 'client_credentials' },
          `Basic ${Buffer.from('%00:x').toString('base64')}`,
        ),
      ];
      for (const answer of answers) expect(answer.status).to.be.oneOf([400, 401]);
    });

    it('is refused inside signed tokens', async () => {
      for (const text of ['\0', '\ud800']) {
        const hint = unsigned({ aud: text, sub: text });
        const ended = await get(`/session/end?id_token_hint=${hint}`);
        expect(ended.status, JSON.stringify(text)).to.equal(400);
        const assertion = unsigned({ iss: text, sub: text, aud: server.url, jti: 'a', exp: 9e9 });
        const form = {
          grant_type: 'client_credentials',
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: assertion,
        };
        const answer = await post(server.url, '/token', form);
        expect(answer.status).to.equal(401);
        expect(((await answer.json()) as { error: string }).error).to.equal('invalid_client');
      }
    });

    it('is refused in queries and JSON, and ignored in cookies', async () => {
      const answers = [
        await visitor.request('/account/history?app=%00'),
        await visitor.request('/api/v1/account/releases?clientId=%00'),
        await callApi(visitor, 'PATCH', `${server.url}/api/v1/account`, { locale: '\0' }),
        await callApi(visitor, 'PATCH', `${server.url}/api/v1/account`, { locale: '\ud800' }),
        await callApi(visitor, 'PATCH', `${server.url}/api/v1/account`, { '\ud800': 1 }),
      ];
      for (const answer of answers) expect(answer.status, answer.url).to.equal(400);
      const cookie = await get('/', {
        ...HTML,
        cookie: 'consentry-device=%00; consentry-locale=%00',
      });
      expect(cookie.status).to.equal(200);
    });
  });

  describe('that is a number or a time out of range', () => {
    it('is refused in a query', async () => {
      const queries = [
        '/api/v1/account/releases?limit=1e309',
        '/api/v1/account/releases?limit=-1e309',
        '/api/v1/account/releases?limit=NaN',
        '/api/v1/account/receipts?limit=1e309',
        '/api/v1/account/releases?from=2026-01-01T23:59:60Z',
        '/api/v1/account/releases?from=0000-01-01T00:00:00Z',
        '/api/v1/account/releases?before=%2B275000-01-01T00:00:00.000Z~1',
        '/api/v1/account/releases/summary?until=9999-12-31T23:59:60Z',
      ];
      for (const query of queries) {
        const answer = await visitor.request(query, { headers: { accept: 'application/json' } });
        expect(answer.status, `${query} ${await answer.text()}`).to.equal(400);
      }
      expect(queries).to.have.length(8);
      const page = await visitor.request(
        '/account/history?from=0000-01-01&before=2026-01-01T23:59:60Z',
      );
      expect(page.status).to.equal(200);
    });

    it('is refused in a client assertion', async () => {
      const signing = await signingApp('ES256');
      const now = Math.floor(Date.now() / 1000);
      expect(await signing.statusWith({})).to.equal(200);
      expect(await signing.statusWith({ iat: now, nbf: now, exp: now + 3_000 })).to.equal(200);
      for (const exp of [8.64e12, 8.64e15, now * 1000, now + 100_000, 1e300]) {
        expect(await signing.statusWith({ exp }), String(exp)).to.equal(401);
      }
      for (const iat of [now * 1000, 8.64e12]) {
        expect(await signing.statusWith({ iat }), String(iat)).to.equal(401);
      }
    });
  });

  for (const algorithm of CLIENT_SIGNING_ALGORITHMS) {
    it(`an accepted ${algorithm} key can be used`, async () => {
      expect(await (await signingApp(algorithm)).statusWith({})).to.equal(200);
    });
  }

  async function signingApp(alg: string) {
    const { publicKey, privateKey } = await jose.generateKeyPair(alg);
    const key = { ...(await jose.exportJWK(publicKey)), kid: 'one', use: 'sig', alg };
    const { clientId } = await registerThirdPartyApp(server, ana.accountId, {
      tokenEndpointAuthMethod: 'private_key_jwt',
      jwks: { keys: [key] },
    });
    const statusWith = async (times: object): Promise<number> => {
      const exp = Math.floor(Date.now() / 1000) + 60;
      const claims = { iss: clientId, sub: clientId, aud: server.url, jti: crypto.randomUUID() };
      const assertion = await new jose.SignJWT({ ...claims, exp, ...times })
        .setProtectedHeader({ alg, kid: 'one' })
        .sign(privateKey);
      const answer = await post(server.url, '/token', {
        grant_type: 'client_credentials',
        scope: 'grant_management_query',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion,
      });
      return answer.status;
    };
    return { statusWith };
  }
});

function basic(app: ThirdPartyApp): string {
  return `Basic ${Buffer.from(`${app.clientId}:${app.clientSecret}`).toString('base64')}`;
}

function post(
  url: string,
  path: string,
  form: Record<string, string>,
  authorization?: string,
): Promise<Response> {
  return fetch(`${url}${path}`, {
    method: 'POST',
    headers: {
      accept: 'application/json',
      ...(authorization === undefined ? {} : { authorization }),
    },
    body: new URLSearchParams(form),
  });
}

async function ownToken(app: ThirdPartyApp, url: string, scope: string): Promise<string> {
  const form = { grant_type: 'client_credentials', scope };
  const answer = await post(url, '/token', form, basic(app));
  return ((await answer.json()) as { access_token: string }).access_token;
}

function unsigned(payload: object): string {
  const encode = (part: object): string =>
    // JSON.stringify escapes lone surrogates, so they survive the way through UTF-8.
    Buffer.from(JSON.stringify(part)).toString('base64url');
  return `${encode({ alg: 'ES256', kid: 'none' })}.${encode(payload)}.x`;
}
