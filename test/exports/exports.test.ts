import { createHash } from 'node:crypto';

import { expect } from 'chai';

import type { ExportSection } from '../../src/exports/index.ts';
import { createExports } from '../../src/exports/index.ts';
import { createExportWords } from '../../src/exports/index.ts';
import type { ExportsDeps } from '../../src/exports/exports-deps.ts';
import { connect, type Connected } from '../../src/services.ts';
import { settableClock, type SettableClock } from '../support/clock.ts';
import { testConfig } from '../support/config.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { failureOf } from '../support/failure.ts';
import { createPerson, type TestPerson } from '../support/people.ts';
import { arriving, photo } from '../support/pictures.ts';
import { readAll, unzip } from './scene.ts';

const HOSTILE = '<img src=x onerror=alert(1)> {{7*7}} $t(title)';
const RUN = { signal: new AbortController().signal, isLastAttempt: false };

describe('exports', () => {
  let database: TestDatabase;
  let connected: Connected;
  let other: Connected;
  let clock: SettableClock;
  let ana: TestPerson;

  before(async () => {
    database = await createTestDatabase();
    clock = settableClock();
    connected = await connect(testConfig(database.url), { clock });
    other = await connect(testConfig(database.url), { clock });
    await connected.ledger.ensurePartitions();
  });

  after(async () => {
    await connected.close();
    await other.close();
    await database.drop();
  });

  beforeEach(async () => {
    ana = await createPerson(connected, {
      values: {
        name: ['Ana Petrova', HOSTILE],
        phone_number: ['+12025550143'],
        address: [{ locality: 'Lisbon', country: 'Portugal' }],
      },
    });
  });

  afterEach(async () => {
    await connected.db.pool.query('delete from accounts where id = $1', [ana.accountId]);
  });

  async function request(): Promise<string> {
    return (await connected.exports.request({ accountId: ana.accountId, locale: 'en' })).id;
  }

  async function ready(): Promise<string> {
    const exportId = await request();
    await connected.exports.make({ exportId, ...RUN });
    return exportId;
  }

  async function fetchFiles(exportId: string): Promise<ReadonlyMap<string, Buffer>> {
    const { body } = await connected.exports.download({ accountId: ana.accountId, exportId });
    return unzip(await readAll(body));
  }

  async function chunkCount(): Promise<number> {
    const { rows } = await connected.db.pool.query<{ count: string }>(
      'select count(*) from account_export_chunks',
    );
    return Number(rows[0]?.count);
  }

  function withSections(sections: readonly ExportSection[], changes: Partial<ExportsDeps> = {}) {
    return createExports({
      ...connected,
      issuer: 'http://localhost',
      words: createExportWords(),
      sections,
      ...changes,
    });
  }

  function section(read: ExportSection['read']): ExportSection {
    return { name: 'attributes', fields: ['value'], read };
  }

  describe('when they are made', () => {
    it('hold everything, for programs and for people', async () => {
      await connected.ledger.append({
        accountId: ana.accountId,
        clientId: 'some-app',
        grantId: null,
        channel: 'userinfo',
        claims: ['name'],
        ip: '192.0.2.1',
      });
      const files = await fetchFiles(await ready());
      expect([...files.keys()]).to.deep.equal(['index.html', 'data.json']);
      const data = JSON.parse(files.get('data.json')?.toString('utf8') ?? '') as {
        sections: Record<string, Record<string, unknown>[]>;
      };
      const { sections } = data;
      expect(Object.keys(sections)).to.deep.equal([
        'account',
        'attributes',
        'pictures',
        'records',
        'consents',
        'decisions',
        'receipts',
        'releases',
        'sessions',
        'events',
        'apps',
      ]);
      expect(sections['attributes']?.map(({ value }) => value)).to.deep.include.members([
        ana.email,
        'Ana Petrova',
        HOSTILE,
        '+12025550143',
        { locality: 'Lisbon', country: 'Portugal' },
      ]);
      expect(sections['releases']?.[0]).to.include({
        clientId: 'some-app',
        channel: 'userinfo',
        ip: '192.0.2.1',
      });
      expect(sections['account']?.[0]).to.include({ id: ana.accountId, status: 'active' });
      expect(sections['events']?.some(({ kind }) => kind === 'export.requested')).to.equal(true);
    });

    it('hold pictures as files, and what apps keep', async () => {
      const { accountId } = ana;
      const content = arriving(await photo('#336699', 600, 400));
      const avatar = await connected.vault.avatars.add({ accountId, content, label: 'me' });
      await connected.vault.records.put({
        accountId,
        namespace: 'bookshop',
        key: 'shelf',
        value: { books: ['Emma'] },
        changedBy: null,
        expected: { kind: 'anything' },
      });
      const files = await fetchFiles(await ready());
      const picture = files.get(`pictures/${avatar.id}.webp`);
      expect(picture?.subarray(8, 12).toString('latin1')).to.equal('WEBP');
      expect(files.get('data.json')?.toString('utf8')).to.include('{"books":["Emma"]}');
    });

    it('have a page that shows every value and runs nothing', async () => {
      const page = (await fetchFiles(await ready())).get('index.html')?.toString('utf8') ?? '';
      expect(page).to.include('Ana Petrova').and.to.include('Lisbon').and.to.include(ana.email);
      expect(page).to.include('&lt;img src=x onerror=alert(1)&gt; {{7*7}} $t(title)');
      expect(page).not.to.match(/<img|<script|<[^>]+ src=|url\(|@import|href="(?!#)/i);
    });

    it('speak Russian to who asked in Russian', async () => {
      const { id: exportId } = await connected.exports.request({
        accountId: ana.accountId,
        locale: 'ru',
      });
      await connected.exports.make({ exportId, ...RUN });
      const page = (await fetchFiles(exportId)).get('index.html')?.toString('utf8') ?? '';
      expect(page).to.include('<html lang="ru">').and.to.include('Что читали приложения');
      expect(page).not.to.match(/exports:|field\.|section\./);
    });

    it('hold long histories whole, page after page', async () => {
      for (let turn = 0; turn < 450; turn += 1) {
        await connected.audit.record(connected.db, {
          kind: 'sign_in.succeeded',
          accountId: ana.accountId,
        });
      }
      const files = await fetchFiles(await ready());
      const { sections } = JSON.parse(files.get('data.json')?.toString('utf8') ?? '') as {
        sections: { events: { id: string }[] };
      };
      const ids = sections.events.map(({ id }) => id);
      expect(ids.length).to.be.at.least(450);
      expect(new Set(ids).size).to.equal(ids.length);
    });

    it('are several sealed pieces when they are large, and whole again at the download', async () => {
      const noise = Array.from({ length: 40 }, (_, index) =>
        createHash('shake256', { outputLength: 20_000 }).update(String(index)).digest('hex'),
      );
      const large = withSections([
        section(async function* read() {
          for (const value of noise) yield { heading: 'noise', data: { value } };
        }),
      ]);
      const { id: exportId } = await large.request({ accountId: ana.accountId, locale: 'en' });
      await large.make({ exportId, ...RUN });
      expect((await large.find({ accountId: ana.accountId, exportId })).bytes).to.be.a('number');
      const { body } = await large.download({ accountId: ana.accountId, exportId });
      const data =
        unzip(await readAll(body))
          .get('data.json')
          ?.toString('utf8') ?? '';
      for (const value of noise) expect(data.includes(value)).to.equal(true);
    });

    it('mail the person, and tell the history', async () => {
      await ready();
      const kinds = (await connected.audit.list(ana.accountId)).map(({ kind }) => kind);
      expect(kinds).to.include.members(['export.requested', 'export.ready']);
    });
  });

  describe('in the database', () => {
    it('cannot be read without the key of the person', async () => {
      await ready();
      const { rows } = await connected.db.pool.query<{ sealed_content: Buffer }>(
        'select sealed_content from account_export_chunks',
      );
      expect(rows).to.have.length(1);
      const stored = rows[0]?.sealed_content ?? Buffer.alloc(0);
      expect(stored.includes('PK')).to.equal(false);
      expect(() => unzip(stored)).to.throw();
      const wrong = await connected.vault.findSealer((await createPerson(connected)).accountId);
      expect(() => wrong?.open(stored, 'anything')).to.throw();
    });

    it('do not open when pieces are moved to another export', async () => {
      const exportId = await ready();
      const eve = await createPerson(connected, { values: { name: ['Eve'] } });
      const stolen = await connected.exports.request({ accountId: eve.accountId, locale: 'en' });
      await connected.exports.make({ exportId: stolen.id, ...RUN });
      await connected.db.pool.query(
        `update account_export_chunks set sealed_content =
           (select sealed_content from account_export_chunks where export_id = $1) where export_id = $2`,
        [exportId, stolen.id],
      );
      const { body } = await connected.exports.download({
        accountId: eve.accountId,
        exportId: stolen.id,
      });
      let failure: unknown;
      await readAll(body).catch((error: unknown) => (failure = error));
      expect(failure).to.be.an('error');
    });
  });

  describe('are downloaded', () => {
    it('once: also by fifty at the same time on two nodes', async () => {
      const exportId = await ready();
      const tries = await Promise.allSettled(
        Array.from({ length: 50 }, (_, turn) =>
          (turn % 2 === 0 ? connected : other).exports.download({
            accountId: ana.accountId,
            exportId,
          }),
        ),
      );
      const won = tries.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      expect(won).to.have.length(1);
      for (const result of tries) {
        if (result.status === 'rejected')
          expect(result.reason).to.include({ code: 'export_gone', kind: 'gone' });
      }
      expect(unzip(await readAll(won[0]?.body ?? ([] as never))).has('data.json')).to.equal(true);
      expect(await chunkCount()).to.equal(0);
      const downloads = (await connected.audit.list(ana.accountId)).filter(
        ({ kind }) => kind === 'export.downloaded',
      );
      expect(downloads).to.have.length(1);
    });

    it('by nobody else', async () => {
      const exportId = await ready();
      const eve = await createPerson(connected);
      for (const attempt of [connected.exports.download, connected.exports.find]) {
        const failure = await failureOf(
          attempt({ accountId: eve.accountId, exportId }) as Promise<unknown>,
        );
        expect(failure).to.include({ code: 'export_not_found', kind: 'not_found' });
      }
      expect(
        (await connected.exports.find({ accountId: ana.accountId, exportId })).status,
      ).to.equal('ready');
    });

    it('for a day, and then no more', async () => {
      const exportId = await ready();
      clock.advance(86_400);
      expect(
        await failureOf(connected.exports.download({ accountId: ana.accountId, exportId })),
      ).to.include({ code: 'export_gone' });
      expect(await connected.exports.purge()).to.equal(1);
      expect(await chunkCount()).to.equal(0);
      expect((await connected.exports.latest(ana.accountId))?.status).to.equal('expired');
    });

    it('not before they are ready', async () => {
      const exportId = await request();
      expect(
        await failureOf(connected.exports.download({ accountId: ana.accountId, exportId })),
      ).to.include({ code: 'export_not_ready' });
    });

    it('and removed also when the download is broken off', async () => {
      const exportId = await ready();
      const { body } = await connected.exports.download({ accountId: ana.accountId, exportId });
      for await (const _ of body) break;
      for (let turn = 0; (await chunkCount()) > 0; turn += 1)
        if (turn > 500) throw new Error('it is still there');
    });
  });

  it('are made one at a time for a person; a new one replaces what was ready', async () => {
    const first = await ready();
    const results = await Promise.allSettled(
      [connected, other, connected].map(({ exports }) =>
        exports.request({ accountId: ana.accountId, locale: 'en' }),
      ),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
    for (const result of results)
      if (result.status === 'rejected')
        expect(result.reason).to.include({ code: 'export_running' });
    expect(
      await failureOf(connected.exports.find({ accountId: ana.accountId, exportId: first })),
    ).to.include({ code: 'export_not_found' });
    expect(await chunkCount()).to.equal(0);
  });

  describe('that fail half-way', () => {
    const broken = section(async function* read() {
      yield { heading: 'first', data: { value: 'first' } };
      throw new Error('the disk is full');
    });

    it('are tried again, and have failed after the last try', async () => {
      const failing = withSections([broken]);
      const { id: exportId } = await failing.request({ accountId: ana.accountId, locale: 'en' });
      for (const isLastAttempt of [false, true]) {
        let failure: unknown;
        await failing
          .make({ exportId, ...RUN, isLastAttempt })
          .catch((error: unknown) => (failure = error));
        expect(String(failure)).to.include('the disk is full');
        const { status } = await failing.find({ accountId: ana.accountId, exportId });
        expect(status).to.equal(isLastAttempt ? 'failed' : 'running');
      }
      expect(await chunkCount()).to.equal(0);
      expect((await connected.audit.list(ana.accountId))[0]?.kind).to.equal('export.failed');
      expect(
        unzip(
          await readAll(
            (
              await connected.exports.download({
                accountId: ana.accountId,
                exportId: await ready(),
              })
            ).body,
          ),
        ).size,
      ).to.equal(2);
    });

    it('have failed when nobody has worked on them for hours', async () => {
      const exportId = await request();
      clock.advance(2 * 3_600 + 1);
      await connected.exports.purge();
      expect(
        (await connected.exports.find({ accountId: ana.accountId, exportId })).status,
      ).to.equal('failed');
    });

    it('begin anew when the machine was lost in the middle', async () => {
      const exportId = await request();
      await connected.db.pool.query(
        `update account_exports set status = 'running', steps_done = 3 where id = $1`,
        [exportId],
      );
      await connected.db.pool.query(
        `insert into account_export_chunks values ($1, 0, 'half'), ($1, 1, 'done')`,
        [exportId],
      );
      await connected.exports.make({ exportId, ...RUN });
      expect((await fetchFiles(exportId)).has('data.json')).to.equal(true);
    });
  });

  it('are gone when the account is deleted while they are made', async () => {
    const deleting = withSections([
      section(async function* read() {
        yield { heading: 'first', data: { value: 'first' } };
        await connected.db.transaction((tx) =>
          connected.accounts.setStatus(tx, {
            accountId: ana.accountId,
            status: 'blocked',
            reason: 'test',
          }),
        );
      }),
    ]);
    const { id: exportId } = await deleting.request({ accountId: ana.accountId, locale: 'en' });
    await deleting.make({ exportId, ...RUN });
    expect(await failureOf(deleting.find({ accountId: ana.accountId, exportId }))).to.include({
      code: 'export_not_found',
    });
    expect(await chunkCount()).to.equal(0);
  });

  it('show how far they are', async () => {
    const seen: number[] = [];
    const steps = withSections(
      ['one', 'two'].map((name) => ({
        ...section(async function* read() {
          const latest = await connected.exports.latest(ana.accountId);
          seen.push(latest?.stepsDone ?? -1);
          yield { heading: name, data: { value: name } };
        }),
        name,
      })),
    );
    const { id: exportId } = await steps.request({ accountId: ana.accountId, locale: 'en' });
    await steps.make({ exportId, ...RUN });
    expect(seen).to.deep.equal([0, 1, 2, 3]);
  });
});
