import { expect } from 'chai';

import { createPerson, signIn, visitorAt, type TestPerson } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { createVisitor, type Visitor } from '../support/people/visitor.ts';
import { isTrueWithin } from '../support/wait-for.ts';

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
}

const NEW_APP = {
  name: 'Bookshop',
  applicationType: 'web',
  redirectUris: ['https://bookshop.example/callback'],
  scopes: ['openid', 'email'],
};

describe('the API of apps', () => {
  let server: TestServer;
  let owner: Visitor;
  let stranger: Visitor;
  let administrator: Visitor;
  let ownerAccountId: string;

  before(async () => {
    server = await startTestServer();
    const person = await createPerson(server.connected);
    ownerAccountId = person.accountId;
    owner = await signedIn(person);
    stranger = await signedIn(await createPerson(server.connected));
    administrator = await signedIn(await createPerson(server.connected, { isAdministrator: true }));
  });
  after(() => server.stop());

  async function signedIn(person: TestPerson): Promise<Visitor> {
    const visitor = visitorAt(server.url);
    await visitor.get('/developer/apps');
    await signIn(visitor, person);
    expect(visitor.page.url.pathname).to.equal('/developer/apps');
    return visitor;
  }

  async function call(
    visitor: Visitor,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<Answer> {
    const response = await visitor.request(`${server.url}/api/v1${path}`, {
      method,
      headers: {
        accept: 'application/json',
        origin: server.url,
        'sec-fetch-site': 'same-origin',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
    return { status: response.status, body: parsed, headers: response.headers };
  }

  async function register(): Promise<{ clientId: string; secret: string; secretId: string }> {
    const { status, body } = await call(owner, 'POST', '/clients', NEW_APP);
    expect(status).to.equal(201);
    const { clientId } = body['client'] as { clientId: string };
    return { clientId, ...(body['secret'] as { secret: string; secretId: string }) };
  }

  it('registers an app, shows the secret once and never again', async () => {
    const created = await call(owner, 'POST', '/clients', NEW_APP);
    const { secret } = created.body['secret'] as { secret: string };
    const { clientId } = created.body['client'] as { clientId: string };
    expect(created.headers.get('location')).to.equal(`/api/v1/clients/${clientId}`);
    expect(created.headers.get('cache-control')).to.match(/no-store/);
    expect(await server.connected.clients.verifySecret(clientId, secret)).to.equal(true);
    for (const path of ['/clients', `/clients/${clientId}`, `/clients/${clientId}/secrets`]) {
      const { status, body } = await call(owner, 'GET', path);
      expect(status).to.equal(200);
      expect(JSON.stringify(body)).not.to.include(secret);
      expect(JSON.stringify(body)).not.to.match(/fingerprint/i);
    }
  });

  it('explains each problem at its line', async () => {
    const { status, body } = await call(owner, 'POST', '/clients', {
      ...NEW_APP,
      redirectUris: ['https://bookshop.example/', 'javascript:alert(1)'],
    });
    expect(status).to.equal(400);
    expect(body['code']).to.equal('client_invalid');
    expect(body['fields']).to.deep.equal({ 'redirectUris.1': 'redirect_uri_scheme' });
  });

  it('changes settings and requests, rotates and removes secrets, deletes', async () => {
    const { clientId, secretId } = await register();
    const path = `/clients/${clientId}`;
    const changed = await call(owner, 'PATCH', path, { name: 'Bookstore' });
    expect(changed.body['name']).to.equal('Bookstore');
    const requests = [{ claim: 'email', necessity: 'voluntary', purpose: { en: 'Orders' } }];
    const asking = await call(owner, 'PUT', `${path}/requests`, { requests });
    expect(asking.body['requests']).to.deep.equal([
      { ...requests[0], purposeVersion: 1, longestDuration: 'until_withdrawn' },
    ]);
    const rotated = await call(owner, 'POST', `${path}/secrets`, { overlapSeconds: null });
    expect(rotated.status).to.equal(201);
    expect((await call(owner, 'DELETE', `${path}/secrets/${secretId}`)).status).to.equal(204);
    const { body } = await call(owner, 'GET', `${path}/secrets`);
    expect((body['secrets'] as unknown[]).length).to.equal(1);
    expect((await call(owner, 'DELETE', path)).status).to.equal(204);
    expect((await call(owner, 'GET', path)).status).to.equal(404);
  });

  const GUARDED: readonly (readonly [string, string, unknown?])[] = [
    ['GET', ''],
    ['PATCH', '', { name: 'Taken over' }],
    ['PUT', '/requests', { requests: [] }],
    ['GET', '/secrets'],
    ['POST', '/secrets', { overlapSeconds: 0 }],
    ['DELETE', '/secrets/{secretId}'],
    ['DELETE', ''],
  ];
  for (const [method, tail, body] of GUARDED) {
    it(`answers ${method} ${tail || '(the app)'} for an app of another person as for an unknown app (A-02)`, async () => {
      const { clientId, secretId, secret } = await register();
      const at = (id: string): string => `/clients/${id}${tail.replace('{secretId}', secretId)}`;
      const theirs = await call(stranger, method, at(clientId), body);
      const nothing = await call(
        stranger,
        method,
        at('c0ffee00-1111-4222-8333-444455556666'),
        body,
      );
      expect(theirs.status).to.equal(404);
      expect(withoutId(theirs.body)).to.deep.equal(withoutId(nothing.body));
      const anonymous = createVisitor({ baseUrl: server.url });
      expect((await call(anonymous, method, at(clientId), body)).status).to.equal(401);
      const unharmed = await call(owner, 'GET', `/clients/${clientId}`);
      expect(unharmed.body['name']).to.equal('Bookshop');
      expect(await server.connected.clients.verifySecret(clientId, secret)).to.equal(true);
    });
  }

  it('lets an administrator manage every app, and lists only the own apps', async () => {
    const { clientId } = await register();
    expect((await call(administrator, 'GET', `/clients/${clientId}`)).status).to.equal(200);
    for (const visitor of [stranger, administrator]) {
      const { body } = await call(visitor, 'GET', '/clients');
      expect(JSON.stringify(body)).not.to.include(clientId);
    }
  });

  for (const field of [
    { isFirstParty: true },
    { isVerified: true },
    { ownerAccountId: 'c0ffee00-1111-4222-8333-444455556666' },
    { status: 'active' },
    { clientId: 'consentry-console' },
    { id: 'consentry-console' },
    { secretFingerprints: [] },
    { purposeVersions: {} },
    { grantTypes: ['password'] },
    { created_at: '2020-01-01T00:00:00Z' },
  ]) {
    it(`refuses ${Object.keys(field).join()} in a body, at registration and later (A-03)`, async () => {
      const { clientId } = await register();
      const created = await call(owner, 'POST', '/clients', { ...NEW_APP, ...field });
      const changed = await call(owner, 'PATCH', `/clients/${clientId}`, field);
      for (const { status, body } of [created, changed]) {
        expect(status).to.equal(400);
        expect(Object.values(body['fields'] as object)).to.deep.equal(['unknown_field']);
      }
    });
  }

  it('lets no caller change the console of this server', async () => {
    const path = '/clients/consentry-console';
    const body = { redirectUris: ['https://evil.example/'] };
    expect((await call(owner, 'PATCH', path, body)).status).to.equal(404);
    const answer = await call(administrator, 'PATCH', path, body);
    expect(answer.status).to.equal(409);
    expect(answer.body['code']).to.equal('client_is_first_party');
  });

  it('lists the catalogue to every caller and lets administrators only change it (A-01)', async () => {
    const anonymous = createVisitor({ baseUrl: server.url });
    const { status, body } = await call(anonymous, 'GET', '/scopes');
    expect(status).to.equal(200);
    expect(body['scopes']).to.be.an('array').with.length.greaterThan(5);
    const scope = {
      name: 'pen-name',
      title: { en: 'Pen name', ru: 'Псевдоним' },
      description: { en: 'See it.', ru: 'Видеть его.' },
      sensitivity: 'low',
      claims: ['nickname'],
    };
    const server1 = {
      identifier: 'https://api.example/',
      title: scope.title,
      accessTokenFormat: 'jwt',
      accessTokenLifetimeSeconds: 300,
    };
    const changes: readonly (readonly [string, string, unknown?])[] = [
      ['POST', '/scopes', scope],
      ['PATCH', '/scopes/pen-name', { sensitivity: 'high' }],
      ['DELETE', '/scopes/pen-name'],
      ['GET', '/resource-servers'],
      ['POST', '/resource-servers', server1],
      ['PATCH', `/resource-servers/${encodeURIComponent(server1.identifier)}`, { isRetired: true }],
    ];
    for (const [method, path, sent] of changes) {
      expect((await call(anonymous, method, path, sent)).status, path).to.equal(401);
      expect((await call(owner, method, path, sent)).status, path).to.equal(403);
      expect((await call(administrator, method, path, sent)).status, path).to.be.lessThan(300);
    }
    const retired = await call(anonymous, 'GET', '/scopes/pen-name');
    expect(retired.body['retiredAt']).to.be.a('string');
  });

  it('ends the grants of an app that is suspended or deleted', async () => {
    const { clientId } = await register();
    const { db, tokens, clients } = server.connected;
    const grant = await tokens.createGrant(db, {
      accountId: ownerAccountId,
      clientId,
      consentId: null,
      sessionUid: null,
      expiresInSeconds: 600,
    });
    expect(await tokens.findGrant(grant.id)).not.to.equal(null);
    const manager = { accountId: ownerAccountId, isAdministrator: false };
    await clients.setStatus({ clientId, manager, status: 'suspended' });
    const isEnded = async (): Promise<boolean> => (await tokens.findGrant(grant.id)) === null;
    expect(await isTrueWithin(isEnded)).to.equal(true);
  });
});

function withoutId({ requestId: _requestId, ...rest }: Record<string, unknown>): object {
  return rest;
}
