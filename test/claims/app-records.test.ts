import { expect } from 'chai';

import { connectApp } from '../support/people/connect-app.ts';
import { createPerson, visitorAt, type TestPerson } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../support/people/third-party-app.ts';
import { settableClock, type SettableClock } from '../support/clock.ts';

const WORDS = {
  title: { en: 'Your reading lists', ru: 'Ваши списки книг' },
  description: { en: 'Keep lists of books with you.', ru: 'Хранить у вас списки книг.' },
  sensitivity: 'medium',
} as const;

interface Reply {
  readonly status: number;
  readonly code: unknown;
  readonly body: Record<string, unknown>;
  readonly etag: string | null;
}

describe('Records for apps', function () {
  this.timeout(20_000);
  let clock: SettableClock;
  let server: TestServer;
  let ana: TestPerson;
  let app: ThirdPartyApp;

  before(async () => {
    clock = settableClock(new Date());
    server = await startTestServer({ clock });
    const { accountId } = await createPerson(server.connected, { isAdministrator: true });
    const define = (name: string, namespace: string, access: 'read' | 'write') =>
      server.connected.scopes.defineScope({
        ...WORDS,
        actorId: accountId,
        name,
        records: { namespace, access },
      });
    await define('lists', 'reading-lists', 'write');
    await define('lists:read', 'reading-lists', 'read');
    await define('notes', 'notes', 'write');
  });
  after(() => server.stop());
  beforeEach(async () => {
    clock.set(new Date());
    ana = await createPerson(server.connected);
    app = await register(['openid', 'email', 'lists', 'lists:read', 'notes', 'offline_access']);
  });

  const register = (scopes: string[]) => registerThirdPartyApp(server, ana.accountId, { scopes });
  const connect = async (
    scope: string,
    choices: Record<string, string>,
    to: { app?: ThirdPartyApp; person?: TestPerson } = {},
  ): Promise<string> => {
    const { access_token: token } = await connectApp({
      visitor: visitorAt(server.url),
      app: to.app ?? app,
      person: to.person ?? ana,
      parameters: { scope, prompt: 'consent' },
      choices,
    });
    return token;
  };
  const call = async (
    token: string,
    method: string,
    address: string,
    more: { body?: string; headers?: Record<string, string> } = {},
  ): Promise<Reply> => {
    const answer = await fetch(`${server.url}/api/v1/records/${address}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        ...more.headers,
      },
      ...(more.body !== undefined && { body: more.body }),
    });
    const text = await answer.text();
    const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
    return { status: answer.status, code: body['code'], body, etag: answer.headers.get('etag') };
  };
  const write = (token: string, address: string, value: unknown, headers = {}) =>
    call(token, 'PUT', address, { body: JSON.stringify({ value }), headers });
  const ledger = async () =>
    (await server.connected.ledger.list({ accountId: ana.accountId, limit: 100 }))
      .filter(({ claims }) => claims.some((claim) => claim.startsWith('records:')))
      .map(({ channel, claims }) => `${channel} ${claims.join(' ')}`);
  const refused = { status: 403, code: 'namespace_not_allowed' };

  it('are stored, read, listed, changed and deleted under a consent; each read is recorded', async () => {
    const token = await connect('openid lists', { 'scope.lists': 'allow' });
    const first = await write(token, 'reading-lists/summer', { books: ['Emma'] });
    expect(first.status).to.equal(200);
    expect(await ledger()).to.deep.equal([]);
    const read = await call(token, 'GET', 'reading-lists/summer');
    expect(read.body).to.deep.include({ value: { books: ['Emma'] }, changedBy: app.clientId });
    expect(read.etag).to.equal(first.etag);
    expect(await ledger()).to.deep.equal(['account_api records:reading-lists']);
    const headers = { 'if-match': first.etag ?? '' };
    const second = await write(token, 'reading-lists/summer', { books: [] }, headers);
    expect(second.status).to.equal(200);
    const stale = await write(token, 'reading-lists/summer', 1, headers);
    expect([stale.status, stale.code]).to.deep.equal([412, 'record_changed']);
    const made = await write(token, 'reading-lists/summer', 1, { 'if-none-match': '*' });
    expect(made.status).to.equal(412);
    const unclear = await write(token, 'reading-lists/summer', 1, { 'if-match': 'W/"x", "y"' });
    expect(unclear.code).to.equal('precondition_invalid');
    await write(token, 'reading-lists/winter', 2);
    const page = await call(token, 'GET', 'reading-lists?limit=1');
    const next = await call(token, 'GET', `reading-lists?after=${String(page.body['next'])}`);
    const keys = [page, next].flatMap(({ body }) =>
      (body['records'] as { key: string }[]).map(({ key }) => key),
    );
    expect(keys).to.have.members(['summer', 'winter']);
    expect(next.body['next']).to.equal(null);
    expect((await call(token, 'DELETE', 'reading-lists/summer')).status).to.equal(204);
    expect((await call(token, 'GET', 'reading-lists/summer')).code).to.equal('record_not_found');
  });

  it('are refused when they were not requested, not allowed, or belong to another app', async () => {
    const refusing = await connect('openid lists notes', { 'scope.notes': 'allow' });
    await write(refusing, 'notes/a', 1);
    expect(await call(refusing, 'GET', 'reading-lists/a')).to.deep.include(refused);
    expect(await write(refusing, 'reading-lists/a', 1)).to.deep.include(refused);
    expect(await call(refusing, 'GET', 'nothing-like-this')).to.deep.include(refused);
    expect((await call(refusing, 'GET', '__proto__')).status).to.equal(404);
    // The app has the permission, but this token does not.
    const narrow = await connect('openid lists', { 'scope.lists': 'allow' });
    expect(await call(narrow, 'GET', 'notes/a')).to.deep.include(refused);
    // An app without registered permissions for records.
    const other = await register(['openid', 'email']);
    const plain = await connect('openid lists email', {}, { app: other });
    expect(await call(plain, 'GET', 'reading-lists')).to.deep.include(refused);
    const nobody = await fetch(`${server.url}/api/v1/records/reading-lists`);
    expect(nobody.status).to.equal(401);
    expect(await ledger()).to.deep.equal([]);
  });

  it('cannot be written with a permission to read', async () => {
    const writer = await connect('openid lists', { 'scope.lists': 'allow' });
    await write(writer, 'reading-lists/a', 1);
    const other = await register(['openid', 'lists:read']);
    const choices = { 'scope.lists:read': 'allow' };
    const reader = await connect('openid lists:read', choices, { app: other });
    expect((await call(reader, 'GET', 'reading-lists/a')).body['value']).to.equal(1);
    expect(await write(reader, 'reading-lists/a', 2)).to.deep.include(refused);
    expect(await call(reader, 'DELETE', 'reading-lists/a')).to.deep.include(refused);
  });

  it('are only those of the person of the token', async () => {
    const token = await connect('openid lists', { 'scope.lists': 'allow' });
    await write(token, 'reading-lists/a', 'Ana');
    const bob = await createPerson(server.connected);
    const his = await connect('openid lists', { 'scope.lists': 'allow' }, { person: bob });
    expect((await call(his, 'GET', 'reading-lists/a')).code).to.equal('record_not_found');
    expect((await call(his, 'GET', 'reading-lists')).body['records']).to.deep.equal([]);
  });

  it('end with the consent, at once', async () => {
    const token = await connect('openid lists', { 'scope.lists': 'allow' });
    await write(token, 'reading-lists/a', 1);
    const { accountId } = ana;
    await server.connected.consents.withdraw({ accountId, clientId: app.clientId });
    expect((await call(token, 'GET', 'reading-lists/a')).status).to.equal(401);
    expect((await write(token, 'reading-lists/a', 2)).status).to.equal(401);
  });

  it('end when the permission is retired', async () => {
    const { accountId: actorId } = await createPerson(server.connected, { isAdministrator: true });
    const records = { namespace: 'drafts', access: 'write' } as const;
    await server.connected.scopes.defineScope({ ...WORDS, actorId, name: 'drafts', records });
    const writer = await register(['openid', 'drafts']);
    const token = await connect('openid drafts', { 'scope.drafts': 'allow' }, { app: writer });
    expect((await write(token, 'drafts/a', 1)).status).to.equal(200);
    await server.connected.scopes.retireScope({ name: 'drafts', actorId });
    const begun = performance.now();
    while ((await call(token, 'GET', 'drafts/a')).status === 200) {
      expect(performance.now() - begun).to.be.lessThan(1_000);
    }
    expect(await call(token, 'GET', 'drafts/a')).to.deep.include(refused);
    const { accountId } = ana;
    const kept = await server.connected.vault.records.count(accountId);
    expect(kept).to.deep.equal([{ namespace: 'drafts', count: 1 }]);
  });

  it('end when the permission is refused later', async () => {
    const token = await connect('openid lists notes', {
      'scope.lists': 'allow',
      'scope.notes': 'allow',
    });
    await write(token, 'reading-lists/a', 1);
    await connect('openid lists notes', { 'scope.lists': null as never, 'scope.notes': 'allow' });
    expect(await call(token, 'GET', 'reading-lists/a')).to.deep.include(refused);
    expect((await write(token, 'notes/a', 1)).status).to.equal(200);
  });

  it('end when an essential value of the consent expires', async () => {
    const essential = await registerThirdPartyApp(server, ana.accountId, {
      scopes: ['openid', 'email', 'lists'],
      requests: [
        {
          claim: 'email',
          necessity: 'essential',
          purpose: { en: 'To write to you' },
          longestDuration: '30_days',
        } as never,
      ],
    });
    const token = await connect(
      'openid email lists',
      { 'scope.lists': 'allow' },
      { app: essential },
    );
    const grantId = (
      await server.connected.db.query<{ id: string }>({
        name: 'test-grant-of-app',
        text: 'select id from grants where client_id = $1',
        values: [essential.clientId],
      })
    )[0]?.id;
    const read = () =>
      server.connected.claims.records
        .list({
          caller: {
            accountId: ana.accountId,
            clientId: essential.clientId,
            grantId: grantId ?? '',
            scopes: new Set(['openid', 'lists']),
          },
          namespace: 'reading-lists',
          limit: 1,
        })
        .catch((error: { code?: string }) => error.code);
    expect((await write(token, 'reading-lists/a', 1)).status).to.equal(200);
    expect(await read()).to.have.length(1);
    clock.advance(31 * 86_400);
    expect(await read()).to.equal('namespace_not_allowed');
  });

  it('refuse bodies that are too big, too deep or of another shape', async () => {
    const token = await connect('openid lists', { 'scope.lists': 'allow' });
    const at = 'reading-lists/a';
    const codeOf = async (body: string) => {
      const { status, code } = await call(token, 'PUT', at, { body });
      return [status, code];
    };
    expect(await codeOf(`{"value":"${'x'.repeat(20_000)}"}`)).to.deep.equal([
      400,
      'record_invalid',
    ]);
    expect(await codeOf(`{"value":"${'x'.repeat(90_000)}"}`)).to.deep.equal([
      413,
      'body_too_large',
    ]);
    const deep = '['.repeat(10_000) + ']'.repeat(10_000);
    expect(await codeOf(`{"value":${deep}}`)).to.deep.equal([400, 'record_invalid']);
    expect(await codeOf('{"value":{"__proto__":1}}')).to.deep.equal([400, 'record_invalid']);
    expect(await codeOf('{"__proto__":1,"value":2}')).to.deep.equal([400, 'body_invalid']);
    expect(await codeOf('{}')).to.deep.equal([400, 'body_invalid']);
    expect(await codeOf('{"value":1')).to.deep.equal([400, 'json_invalid']);
    expect((await call(token, 'GET', at)).status).to.equal(404);
  });

  it('are not returned while the ledger cannot be written', async () => {
    const token = await connect('openid lists', { 'scope.lists': 'allow' });
    await write(token, 'reading-lists/a', 'secret');
    const { db } = server.connected;
    const rename = (from: string, to: string) =>
      db.query({ name: `test-records-${from}`, text: `alter table ${from} rename to ${to}` });
    await rename('releases', 'releases_away');
    try {
      for (const address of ['reading-lists/a', 'reading-lists']) {
        const answer = await call(token, 'GET', address);
        expect([answer.status, answer.code]).to.deep.equal([503, 'ledger_unavailable']);
        expect(JSON.stringify(answer.body)).not.to.include('secret');
      }
    } finally {
      await rename('releases_away', 'releases');
    }
  });
});
