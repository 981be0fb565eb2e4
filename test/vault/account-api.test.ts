import { expect } from 'chai';

import { createPerson, signIn, type TestPerson, visitorAt } from '../support/people/people.ts';
import { settableClock, type SettableClock } from '../support/clock.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import type { Visitor } from '../support/people/visitor.ts';
import { codeFor } from './mailed-code.ts';

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
}

describe('the account API with a console session', () => {
  let server: TestServer;
  let clock: SettableClock;
  let person: TestPerson;
  let visitor: Visitor;
  before(async () => {
    clock = settableClock(new Date());
    server = await startTestServer({ clock });
  });
  after(() => server.stop());
  beforeEach(async () => {
    clock.set(new Date());
    person = await createPerson(server.connected);
    visitor = visitorAt(server.url);
    await visitor.get('/account');
    await signIn(visitor, person);
  });

  const call = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const response = await visitor.request(`/api/v1/account${path}`, {
      method,
      headers: { 'content-type': 'application/json', origin: server.url, accept: '*/*' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
    return { status: response.status, body: parsed, headers: response.headers };
  };

  it('reads the account without values', async () => {
    const { status, body } = await call('GET', '');
    expect(status).to.equal(200);
    expect(Object.keys(body)).to.have.members([
      'id',
      'status',
      'locale',
      'isAdministrator',
      'lastSignInAt',
      'createdAt',
    ]);
    expect(body).to.include({ id: person.accountId, status: 'active' });
  });

  it('adds, changes and deletes a value, and makes one the default', async () => {
    const added = await call('POST', '/attributes', { claim: 'name', value: 'Ana', label: 'work' });
    expect(added.status).to.equal(201);
    const id = String(added.body['id']);
    expect(added.headers.get('location')).to.include(id);
    const second = await call('POST', '/attributes', { claim: 'name', value: 'Ana Petrova' });
    const changed = await call('PATCH', `/attributes/${String(second.body['id'])}`, {
      isDefault: true,
      label: 'full',
    });
    expect(changed.body).to.include({ isDefault: true, label: 'full', value: 'Ana Petrova' });
    expect((await call('DELETE', `/attributes/${id}`)).status).to.equal(204);
    expect((await call('GET', `/attributes/${id}`)).status).to.equal(404);
  });

  it('refuses members that a person must not set', async () => {
    const bodies = [
      { claim: 'name', value: 'Ana', isVerified: true },
      { claim: 'name', value: 'Ana', verifiedAt: '2026-01-01T00:00:00Z' },
      { claim: 'name', value: 'Ana', accountId: '00000000-0000-4000-8000-000000000000' },
      { claim: 'address', value: { locality: 'Riga', note: 'x' } },
    ];
    for (const body of bodies) {
      expect((await call('POST', '/attributes', body)).status, JSON.stringify(body)).to.equal(400);
    }
    const changes = [{ isAdministrator: true }, { status: 'active' }, { locale: 'en', id: 'x' }];
    for (const body of changes) {
      expect((await call('PATCH', '', body)).status, JSON.stringify(body)).to.equal(400);
    }
  });

  it('verifies an e-mail by its code', async () => {
    const value = `api-${person.email}`;
    const { body } = await call('POST', '/attributes', { claim: 'email', value });
    const path = `/attributes/${String(body['id'])}/verification`;
    expect((await call('POST', path)).status).to.equal(204);
    const wrong = await call('POST', `${path}/confirm`, { code: 'abcdef' });
    expect([wrong.status, wrong.body['code']]).to.deep.equal([400, 'code_wrong']);
    const code = await codeFor(server.connected, value);
    expect((await call('POST', `${path}/confirm`, { code })).status).to.equal(204);
    const read = await call('GET', `/attributes/${String(body['id'])}`);
    expect(read.body['isVerified']).to.equal(true);
  });

  it('requires a fresh sign-in for e-mails', async () => {
    clock.advance(900);
    const added = await call('POST', '/attributes', { claim: 'email', value: 'x@example.org' });
    expect([added.status, added.body['code']]).to.deep.equal([403, 'fresh_sign_in_required']);
    const [id = ''] = person.attributeIds['email'] ?? [];
    expect((await call('DELETE', `/attributes/${id}`)).status).to.equal(403);
    expect((await call('POST', '/attributes', { claim: 'name', value: 'x y' })).status).to.equal(
      201,
    );
  });

  it('changes the password', async () => {
    const newPassword = 'seven herons count the evening trains';
    const wrong = await call('PUT', '/password', { currentPassword: 'x', newPassword });
    expect([wrong.status, wrong.body['fields']]).to.deep.equal([
      400,
      { currentPassword: 'password_wrong' },
    ]);
    const right = { currentPassword: person.password, newPassword };
    expect((await call('PUT', '/password', right)).status).to.equal(204);
    expect((await call('GET', '')).status).to.equal(200);
  });

  it('signs out everywhere, including this session', async () => {
    expect((await call('POST', '/sign-out-everywhere')).status).to.equal(204);
    expect((await call('GET', '')).status).to.equal(401);
  });

  it('answers 401 without a session', async () => {
    for (const path of ['', '/attributes']) {
      const response = await fetch(`${server.url}/api/v1/account${path}`);
      expect(response.status, path).to.equal(401);
    }
  });
});
