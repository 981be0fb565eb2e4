import { expect } from 'chai';

import { callApi, signedInVisitor } from '../support/people/console-visitor.ts';
import { failureOf } from '../support/failure.ts';
import { createPerson, type TestPerson } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import type { JsonValue, RecordRef } from '../../src/vault/index.ts';
import type { Visitor } from '../support/people/visitor.ts';

const ANYTHING = { kind: 'anything' } as const;

describe('Records that apps store with a person', function () {
  this.timeout(20_000);
  let server: TestServer;
  let ana: TestPerson;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());
  beforeEach(async () => {
    ana = await createPerson(server.connected);
  });

  const records = () => server.connected.vault.records;
  const at = (key: string, namespace = 'shelf'): RecordRef => ({
    accountId: ana.accountId,
    namespace,
    key,
  });
  const put = (key: string, value: JsonValue, namespace = 'shelf') =>
    records().put({ ...at(key, namespace), value, expected: ANYTHING, changedBy: 'app' });
  const refusalOf = async (value: unknown) =>
    (await failureOf(put('x', value as JsonValue))).fields?.['value'];

  it('are returned exactly as they were stored, for every kind of JSON', async () => {
    const values: JsonValue[] = [
      null,
      true,
      0,
      -1.5e-7,
      '',
      '\u202eevil \ud83d\ude00 <script>',
      [],
      {},
      [[], { a: [null] }],
      { constructor: 'x', prototype: { toString: 1 }, '': 2 },
    ];
    for (const value of values) {
      await put('one', value);
      expect((await records().find(at('one')))?.value).to.deep.equal(value);
    }
  });

  it('are refused when too big, too deep or harmful to programs that read them', async () => {
    expect(await refusalOf('x'.repeat(16 * 1024))).to.equal('record_too_big');
    expect(await refusalOf('\u0416'.repeat(9 * 1024)), 'bytes, not characters').to.equal(
      'record_too_big',
    );
    let deep: JsonValue = 1;
    for (let level = 0; level < 20; level += 1) deep = [deep];
    await put('deep', deep);
    expect(await refusalOf([deep])).to.equal('record_too_deep');
    expect(await refusalOf(JSON.parse('['.repeat(20_000) + ']'.repeat(20_000)))).to.equal(
      'record_too_deep',
    );
    expect(await refusalOf(JSON.parse('{"a":[{"__proto__":{"isAdmin":true}}]}'))).to.equal(
      'record_name_refused',
    );
    for (const key of ['', 'a b', 'a/b', 'a\u0000', '\u0416', 'x'.repeat(129)]) {
      const refused = await failureOf(put(key, 1));
      expect(refused.fields, key).to.deep.equal({ key: 'record_key_invalid' });
    }
    // Names with a meaning in JavaScript are allowed.
    for (const key of ['__proto__', 'constructor', 'toString', '..', '.']) {
      await put(key, key);
      expect((await records().find(at(key)))?.value).to.equal(key);
    }
  });

  it('are limited in number, and a change of one does not count', async () => {
    for (let index = 0; index < 200; index += 1) await put(`k${String(index)}`, index);
    expect((await failureOf(put('one-more', 1))).code).to.equal('too_many_records');
    await put('k7', 'changed');
    await put('one-more', 1, 'other-place');
    await records().remove({ ...at('k8'), expected: ANYTHING });
    await put('one-more', 1);
    const pages: string[] = [];
    for (let after: string | undefined; ;) {
      const page = await records().list({
        accountId: ana.accountId,
        namespace: 'shelf',
        after,
        limit: 60,
      });
      pages.push(...page.map(({ key }) => key));
      after = page.at(-1)?.id;
      if (page.length < 60) break;
    }
    expect(pages).to.have.length(200);
    expect(new Set(pages).size).to.equal(200);
  });

  it('lose no change', async () => {
    const first = await put('k', 1);
    const change = (version: string) =>
      records().put({
        ...at('k'),
        value: 2,
        expected: { kind: 'version', version },
        changedBy: null,
      });
    const both = await Promise.allSettled([change(first.version), change(first.version)]);
    expect(both.map(({ status }) => status).toSorted()).to.deep.equal(['fulfilled', 'rejected']);
    const absent = { ...at('k'), value: 3, expected: { kind: 'absent' }, changedBy: null } as const;
    expect((await failureOf(records().put(absent))).code).to.equal('record_changed');
    const stale = { ...at('k'), expected: { kind: 'version', version: first.version } } as const;
    expect((await failureOf(records().remove(stale))).code).to.equal('record_changed');
    // A record that was removed and created again has another version.
    await records().remove({ ...at('k'), expected: ANYTHING });
    await put('k', 1);
    expect((await failureOf(change(first.version))).code).to.equal('record_changed');
    const nothing = { ...at('nothing'), expected: { kind: 'present' }, value: 1, changedBy: null };
    expect((await failureOf(records().put(nothing as never))).code).to.equal('record_changed');
  });

  it('are ciphertext in the database, keys too, and open in their own row only', async () => {
    await put('passport-number', { secret: 'AB1234567' });
    const other = await createPerson(server.connected);
    const { db } = server.connected;
    const [row] = await db.query<{ all: string; sealed: Buffer; index: Buffer }>({
      name: 'test-read-record',
      text: `select records::text as all, sealed_content as sealed, key_index as index from records
        where account_id = $1`,
      values: [ana.accountId],
    });
    for (const text of ['passport', 'AB1234567']) {
      expect(row?.all.includes(text)).to.equal(false);
      expect(row?.all.includes(Buffer.from(text).toString('hex'))).to.equal(false);
    }
    await put('other', 1);
    await db.query({
      name: 'test-swap-record',
      text: `update records set sealed_content = $2 where account_id = $1 and key_index <> $3`,
      values: [ana.accountId, row?.sealed, row?.index],
    });
    expect(
      await records()
        .find(at('other'))
        .catch((error: unknown) => error),
    ).to.be.instanceOf(Error);
    await db.query({
      name: 'test-move-record',
      text: `update records set account_id = $2 where account_id = $1 and key_index = $3`,
      values: [ana.accountId, other.accountId, row?.index],
    });
    const list = { accountId: other.accountId, namespace: 'shelf', limit: 10 };
    expect(
      await records()
        .list(list)
        .catch((error: unknown) => error),
    ).to.be.instanceOf(Error);
  });

  describe('at the account API and pages', () => {
    let visitor: Visitor;
    beforeEach(async () => {
      visitor = await signedInVisitor(server.url, ana);
    });
    const call = (method: 'GET' | 'PUT' | 'DELETE', address: string, body?: unknown) =>
      callApi(visitor, method, `${server.url}/api/v1/account/records${address}`, body);

    it('are seen, changed and deleted by the person', async () => {
      await put('k', { pages: 12 });
      expect(await (await call('GET', '')).json()).to.deep.equal([
        { namespace: 'shelf', count: 1 },
      ]);
      const read = await call('GET', '/shelf/k');
      const record = (await read.json()) as { version: string; changedBy: string };
      expect(record).to.deep.include({ key: 'k', value: { pages: 12 }, changedBy: 'app' });
      expect(read.headers.get('etag')).to.equal(`"${record.version}"`);
      const changed = await call('PUT', '/shelf/k', { value: [1] });
      expect(await changed.json()).to.deep.include({ value: [1], changedBy: null });
      expect((await call('PUT', '/shelf/new', { value: 1 })).status).to.equal(404);
      expect((await call('PUT', '/shelf/k', { value: 1, version: 'x' })).status).to.equal(400);
      expect((await call('DELETE', '/shelf/k')).status).to.equal(204);
      expect((await call('GET', '/shelf/k')).status).to.equal(404);
    });

    it('answer 412 to a change of another version than the expected one', async () => {
      const { version } = await put('k', 1);
      await put('k', 2);
      const stale = await visitor.request(`${server.url}/api/v1/account/records/shelf/k`, {
        method: 'PUT',
        headers: {
          'content-type': 'application/json',
          origin: server.url,
          accept: '*/*',
          'if-match': `"${version}"`,
        },
        body: '{"value":3}',
      });
      expect([stale.status, ((await stale.json()) as { code: string }).code]).to.deep.equal([
        412,
        'record_changed',
      ]);
    });

    it('are not accessible to other people', async () => {
      await put('k', 'secret');
      const other = await signedInVisitor(server.url, await createPerson(server.connected));
      const [found] = await records().list({
        accountId: ana.accountId,
        namespace: 'shelf',
        limit: 1,
      });
      for (const address of [
        '/api/v1/account/records/shelf/k',
        `/account/records/shelf/${found?.id ?? ''}`,
      ]) {
        expect((await other.request(`${server.url}${address}`)).status, address).to.equal(404);
      }
    });

    it('are listed in words, long ones with their beginning', async () => {
      await put('book', {
        title: 'Dune',
        isRead: true,
        lent: null,
        authors: ['Herbert', 'Anderson'],
      });
      await put('list', []);
      await put('long', { text: 'é'.repeat(200), more: 1 });
      await put('text', '<b>bold</b>');
      await visitor.get(`${server.url}/account/records`);
      const shown = [...visitor.page.document.querySelectorAll('.item-value')].map((value) =>
        value.text
          .replaceAll(/[\u200B\u2060]/g, '')
          .replaceAll(/\s+/g, ' ')
          .trim(),
      );
      expect(shown).to.deep.equal([
        'title: Dune · isRead: Yes · lent: – · authors 1: Herbert · authors 2: Anderson',
        '–',
        `text: ${'é'.repeat(116)}…`,
        '<b>bold</b>',
      ]);
    });

    it('are changed and deleted on the page, which shows errors and keeps the typed text', async () => {
      await put('k', { pages: 12 });
      await visitor.get(`${server.url}/account/records`);
      expect(visitor.page.text).to.include('pages: 12');
      await visitor.follow('a[href^="/account/records/shelf/"]');
      expect(visitor.page.url.href).not.to.include('/k');
      await visitor.submitForm('form.form', { text: '{pages: 13}' });
      expect(visitor.page.status).to.equal(422);
      expect(visitor.page.text).to.include('cannot be read as JSON').and.to.include('{pages: 13}');
      await visitor.submitForm('form.form', { text: '{"__proto__": 1}' });
      expect(visitor.page.text).to.include('__proto__, which could harm');
      await put('k', { pages: 99 });
      for (let attempt = 0; attempt < 2; attempt += 1) {
        await visitor.submitForm('form.form', { text: '{"pages": 13}' });
        expect(visitor.page.text).to.include('The app changed this in the meantime');
      }
      expect((await records().find(at('k')))?.value).to.deep.equal({ pages: 99 });
      await visitor.get(`${server.url}/account/records`);
      await visitor.follow('a[href^="/account/records/shelf/"]');
      await visitor.submitForm('form.form', { text: '{"pages": 14}' });
      expect((await records().find(at('k')))?.value).to.deep.equal({ pages: 14 });
      await visitor.follow('a[href$="/remove"]');
      await visitor.submitForm('form.confirmation');
      expect(await records().find(at('k'))).to.equal(null);
      expect(visitor.page.text).to.include('No app stores anything here');
    });
  });
});
