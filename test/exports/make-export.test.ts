import { createHash } from 'node:crypto';

import { expect } from 'chai';

import { failureOf } from '../support/failure.ts';
import { createPerson } from '../support/people/people.ts';
import { readMessages } from '../support/people/sent-messages.ts';
import { arriving, photo } from '../support/people/pictures.ts';
import { HOSTILE, readAll, RUN, section, unzip, useExportScene } from './scene.ts';

describe('Exports', () => {
  const scene = useExportScene();

  describe('that are made', () => {
    it('contain all data, for programs and for people', async () => {
      await scene.connected.ledger.append({
        accountId: scene.ana.accountId,
        clientId: 'some-app',
        grantId: null,
        channel: 'userinfo',
        claims: ['name'],
        ip: '192.0.2.1',
      });
      const files = await scene.fetchFiles(await scene.ready());
      expect([...files.keys()]).to.deep.equal(['index.html', 'data.json', 'schema.json']);
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
        'passkeys',
        'sessions',
        'events',
        'apps',
      ]);
      expect(sections['attributes']?.map(({ value }) => value)).to.deep.include.members([
        scene.ana.email,
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
      expect(sections['account']?.[0]).to.include({ id: scene.ana.accountId, status: 'active' });
      expect(sections['events']?.some(({ kind }) => kind === 'export.requested')).to.equal(true);
    });

    it('contain pictures as files, and records of apps', async () => {
      const { accountId } = scene.ana;
      const content = arriving(await photo('#336699', 600, 400));
      const avatar = await scene.connected.vault.avatars.add({ accountId, content, label: 'me' });
      await scene.connected.vault.records.put({
        accountId,
        namespace: 'bookshop',
        key: 'shelf',
        value: { books: ['Emma'] },
        changedBy: null,
        expected: { kind: 'anything' },
      });
      const files = await scene.fetchFiles(await scene.ready());
      const picture = files.get(`pictures/${avatar.id}.webp`);
      expect(picture?.subarray(8, 12).toString('latin1')).to.equal('WEBP');
      expect(files.get('data.json')?.toString('utf8')).to.include('{"books":["Emma"]}');
    });

    it('have a page that shows every value and runs no script', async () => {
      const page =
        (await scene.fetchFiles(await scene.ready())).get('index.html')?.toString('utf8') ?? '';
      expect(page)
        .to.include('Ana Petrova')
        .and.to.include('Lisbon')
        .and.to.include(scene.ana.email);
      expect(page).to.include('&lt;img src=x onerror=alert(1)&gt; {{7*7}} $t(title)');
      expect(page).not.to.match(/<img|<script|<[^>]+ src=|url\(|@import|href="(?!#)/i);
    });

    it('are in Russian when they were requested in Russian', async () => {
      const { id: exportId } = await scene.connected.exports.request({
        accountId: scene.ana.accountId,
        locale: 'ru',
      });
      await scene.connected.exports.make({ exportId, ...RUN });
      const page = (await scene.fetchFiles(exportId)).get('index.html')?.toString('utf8') ?? '';
      expect(page).to.include('<html lang="ru">').and.to.include('Что происходило');
      expect(page).not.to.match(/exports:|line\.|part\./);
    });

    it('contain long histories completely', async () => {
      for (let turn = 0; turn < 450; turn += 1) {
        await scene.connected.audit.record(scene.connected.db, {
          kind: 'sign_in.succeeded',
          accountId: scene.ana.accountId,
        });
      }
      const files = await scene.fetchFiles(await scene.ready());
      const { sections } = JSON.parse(files.get('data.json')?.toString('utf8') ?? '') as {
        sections: { events: { id: string }[] };
      };
      const ids = sections.events.map(({ id }) => id);
      expect(ids.length).to.be.at.least(450);
      expect(new Set(ids).size).to.equal(ids.length);
    });

    it('are stored in sealed chunks, and complete at the download', async () => {
      const noise = Array.from({ length: 40 }, (_, index) =>
        createHash('shake256', { outputLength: 20_000 }).update(String(index)).digest('hex'),
      );
      const large = scene.withSections([
        section(async function* read() {
          for (const value of noise) yield { value };
        }),
      ]);
      const { id: exportId } = await large.request({
        accountId: scene.ana.accountId,
        locale: 'en',
      });
      await large.make({ exportId, ...RUN });
      expect((await large.find({ accountId: scene.ana.accountId, exportId })).bytes).to.be.a(
        'number',
      );
      const { body } = await large.download({ accountId: scene.ana.accountId, exportId });
      const data =
        unzip(await readAll(body))
          .get('data.json')
          ?.toString('utf8') ?? '';
      for (const value of noise) expect(data.includes(value)).to.equal(true);
    });

    it('cause a mail to the person and entries in the history', async () => {
      await scene.ready();
      const kinds = (await scene.connected.audit.list(scene.ana.accountId)).map(({ kind }) => kind);
      expect(kinds).to.include.members(['export.requested', 'export.ready']);
      const mails = await readMessages(scene.connected);
      const mine = mails.filter((mail) => mail?.to === scene.ana.email);
      expect(mine.map((mail) => mail?.template)).to.deep.equal(['export-ready']);
    });
  });

  describe('in the database', () => {
    it('cannot be read without the key of the person', async () => {
      await scene.ready();
      const { rows } = await scene.connected.db.pool.query<{ sealed_content: Buffer }>(
        'select sealed_content from account_export_chunks',
      );
      expect(rows).to.have.length(1);
      const stored = rows[0]?.sealed_content ?? Buffer.alloc(0);
      expect(stored.includes('PK')).to.equal(false);
      expect(() => unzip(stored)).to.throw();
      const wrong = await scene.connected.vault.findSealer(
        (await createPerson(scene.connected)).accountId,
      );
      expect(() => wrong?.open(stored, 'anything')).to.throw();
    });

    it('cannot be opened when chunks are moved to another export', async () => {
      const exportId = await scene.ready();
      const eve = await createPerson(scene.connected, { values: { name: ['Eve'] } });
      const stolen = await scene.connected.exports.request({
        accountId: eve.accountId,
        locale: 'en',
      });
      await scene.connected.exports.make({ exportId: stolen.id, ...RUN });
      await scene.connected.db.pool.query(
        `update account_export_chunks set sealed_content =
           (select sealed_content from account_export_chunks where export_id = $1) where export_id = $2`,
        [exportId, stolen.id],
      );
      const { body } = await scene.connected.exports.download({
        accountId: eve.accountId,
        exportId: stolen.id,
      });
      let failure: unknown;
      await readAll(body).catch((error: unknown) => (failure = error));
      expect(failure).to.be.an('error');
    });
  });

  describe('that fail midway', () => {
    const broken = section(async function* read() {
      yield { value: 'first' };
      throw new Error('the disk is full');
    });

    it('are repeated, and have failed after the last attempt', async () => {
      const failing = scene.withSections([broken]);
      const { id: exportId } = await failing.request({
        accountId: scene.ana.accountId,
        locale: 'en',
      });
      for (const isLastAttempt of [false, true]) {
        let failure: unknown;
        await failing
          .make({ exportId, ...RUN, isLastAttempt })
          .catch((error: unknown) => (failure = error));
        expect(String(failure)).to.include('the disk is full');
        const { status } = await failing.find({ accountId: scene.ana.accountId, exportId });
        expect(status).to.equal(isLastAttempt ? 'failed' : 'running');
      }
      expect(await scene.chunkCount()).to.equal(0);
      expect((await scene.connected.audit.list(scene.ana.accountId))[0]?.kind).to.equal(
        'export.failed',
      );
      expect(
        unzip(
          await readAll(
            (
              await scene.connected.exports.download({
                accountId: scene.ana.accountId,
                exportId: await scene.ready(),
              })
            ).body,
          ),
        ).size,
      ).to.equal(3);
    });

    it('have failed after hours without progress', async () => {
      const exportId = await scene.request();
      scene.clock.advance(2 * 3_600 + 1);
      await scene.connected.exports.purge();
      expect(
        (await scene.connected.exports.find({ accountId: scene.ana.accountId, exportId })).status,
      ).to.equal('failed');
    });

    it('start again after the machine was lost', async () => {
      const exportId = await scene.request();
      await scene.connected.db.pool.query(
        `update account_exports set status = 'running', steps_done = 3 where id = $1`,
        [exportId],
      );
      await scene.connected.db.pool.query(
        `insert into account_export_chunks values ($1, 0, 'half'), ($1, 1, 'done')`,
        [exportId],
      );
      await scene.connected.exports.make({ exportId, ...RUN });
      expect((await scene.fetchFiles(exportId)).has('data.json')).to.equal(true);
    });
  });

  it('are removed when the account is deleted meanwhile', async () => {
    const deleting = scene.withSections([
      section(async function* read() {
        yield { value: 'first' };
        await scene.connected.db.transaction((tx) =>
          scene.connected.accounts.setStatus(tx, {
            accountId: scene.ana.accountId,
            status: 'blocked',
            reason: 'test',
          }),
        );
      }),
    ]);
    const { id: exportId } = await deleting.request({
      accountId: scene.ana.accountId,
      locale: 'en',
    });
    await deleting.make({ exportId, ...RUN });
    expect(await failureOf(deleting.find({ accountId: scene.ana.accountId, exportId }))).to.include(
      {
        code: 'export_not_found',
      },
    );
    expect(await scene.chunkCount()).to.equal(0);
  });

  it('show their progress', async () => {
    const seen: number[] = [];
    const steps = scene.withSections(
      ['account', 'events'].map((name) => ({
        ...section(async function* read() {
          const latest = await scene.connected.exports.latest(scene.ana.accountId);
          seen.push(latest?.stepsDone ?? -1);
          yield { value: name };
        }),
        name,
      })),
    );
    const { id: exportId } = await steps.request({ accountId: scene.ana.accountId, locale: 'en' });
    await steps.make({ exportId, ...RUN });
    expect(seen).to.deep.equal([0, 1]);
  });
});
