import fs from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import type { Attribute } from '../../src/vault/index.ts';
import { anybody, importFile, lines, openImportScene, type ImportScene } from './scene.ts';

describe('importing accounts', () => {
  let scene: ImportScene;

  before(async () => {
    scene = await openImportScene();
  });

  after(() => scene.close());

  async function valuesOf(email: string): Promise<readonly Attribute[]> {
    const owner = await scene.connected.vault.findIdentifier({ kind: 'email', value: email });
    return owner === null ? [] : scene.connected.vault.listAttributes(owner.accountId);
  }

  describe('of existing accounts', () => {
    it('finds duplicates within the file, in one batch and across batches', async () => {
      const [one, two] = [anybody(), anybody({ id: 'twice' })];
      const content = lines(one, one, two, anybody({ id: 'twice' }));
      const together = await scene.run(content, { mode: 'rehearse' });
      expect(together.told).to.deep.equal(['2 - duplicate_in_file', '4 - duplicate_in_file']);
      const apart = await scene.run(content, { batchSize: 1 });
      expect(apart.told).to.deep.equal(['2 - account_exists', '4 - account_exists']);
      expect(apart.imported).to.equal(2);
    });

    it('finds them by the id of the other system, also with a new address', async () => {
      await scene.run(lines(anybody({ id: 'known' })));
      const again = lines(anybody({ id: 'known' }));
      expect((await scene.run(again, { mode: 'rehearse' })).told).to.deep.equal([
        '1 - account_exists',
      ]);
      const skipping = await scene.run(again, { onExisting: 'skip' });
      expect(skipping).to.include({ imported: 0, skipped: 1, refused: 0 });
    });

    it('never gives an address of one account to another', async () => {
      const record = anybody({ id: 'holder' });
      await scene.run(lines(record));
      const spelling = String(record['email']).toUpperCase();
      const { told, imported } = await scene.run(
        lines(
          anybody({ id: 'thief', email: ['own@example.org', { value: spelling, verified: true }] }),
        ),
        { onExisting: 'skip' },
      );
      expect(told).to.deep.equal(['1 - address_taken']);
      expect(imported).to.equal(0);
      expect(await valuesOf('own@example.org')).to.deep.equal([]);
    });

    it('skips them by address when the line has no id', async () => {
      const record = anybody();
      await scene.run(lines(record));
      const { skipped } = await scene.run(lines(record, anybody()), { onExisting: 'skip' });
      expect(skipped).to.equal(1);
    });

    it('stores nothing of an account whose address is taken during the import', async () => {
      const contested = anybody({ name: 'Racer' });
      const before = await scene.count('accounts');
      const keysBefore = await scene.count('account_keys');
      const runs = await Promise.all(
        Array.from({ length: 6 }, (_, turn) => {
          const file = path.join(scene.folder, `race-${String(turn)}.ndjson`);
          fs.writeFileSync(file, lines(anybody({ nickname: `turn${String(turn)}` }), contested));
          return importFile(scene.connected, { file });
        }),
      );
      expect(runs.map(({ imported }) => imported)).to.have.members([1, 1, 1, 1, 1, 2]);
      const owner = await scene.connected.vault.findIdentifier({
        kind: 'email',
        value: String(contested['email']),
      });
      expect(owner).not.to.equal(null);
      expect((await scene.count('account_keys')) - keysBefore).to.equal(
        (await scene.count('accounts')) - before,
      );
    });
  });

  describe('all or nothing', () => {
    it('imports nothing when one line is wrong, and reports all wrong lines', async () => {
      const before = await scene.count('accounts');
      const { outcome, told } = await scene.run(
        lines(anybody(), '{', anybody(), anybody({ status: 'x' })),
        {
          mode: 'strict',
          batchSize: 1,
        },
      );
      expect(outcome).to.equal('taken_back');
      expect(told).to.deep.equal(['2 - json_invalid', '4 status status_unknown']);
      expect(await scene.count('accounts')).to.equal(before);
    });

    it('imports everything when nothing is wrong', async () => {
      const { outcome, imported } = await scene.run(lines(anybody(), anybody(), anybody()), {
        mode: 'strict',
        batchSize: 2,
      });
      expect({ outcome, imported }).to.deep.equal({ outcome: 'finished', imported: 3 });
    });

    it('stores nothing in a rehearsal', async () => {
      const content = lines(anybody({ id: 'rehearsed' }), anybody());
      const tables = [
        'accounts',
        'account_keys',
        'attributes',
        'identifiers',
        'account_external_ids',
        'audit_events',
      ];
      const before = await Promise.all(tables.map((table) => scene.count(table)));
      expect(await scene.run(content, { mode: 'rehearse' })).to.include({
        outcome: 'taken_back',
        imported: 2,
      });
      expect(await Promise.all(tables.map((table) => scene.count(table)))).to.deep.equal(before);
      expect(await scene.run(content)).to.include({ outcome: 'finished', imported: 2 });
    });
  });

  describe('that was stopped', () => {
    it('continues where it stopped, with the same counts in the end', async () => {
      const records = Array.from({ length: 25 }, (_, index) => (index % 5 === 4 ? '{' : anybody()));
      const content = lines(...records);
      const stopping = new AbortController();
      const first = await scene.run(content, {
        batchSize: 10,
        signal: stopping.signal,
        onProgress: () => stopping.abort(),
      });
      expect(first).to.include({ outcome: 'stopped', recordsDone: 10, imported: 8, refused: 2 });
      const starts: number[] = [];
      const second = await scene.run(content, {
        batchSize: 10,
        onStart: ({ recordsDone }) => void starts.push(recordsDone),
      });
      expect(second).to.include({ outcome: 'finished', recordsDone: 25, imported: 20, refused: 5 });
      expect(starts).to.deep.equal([10]);
      expect(second.told).to.deep.equal([
        '15 - json_invalid',
        '20 - json_invalid',
        '25 - json_invalid',
      ]);
      expect(await scene.run(content)).to.include({ outcome: 'known', imported: 20 });
    });

    it('does not import a batch twice when two processes work on one file', async () => {
      const content = lines(...Array.from({ length: 60 }, () => anybody()));
      const before = await scene.count('accounts');
      const runs = await Promise.allSettled(
        [1, 2, 3].map(() => scene.run(content, { batchSize: 5 })),
      );
      const failures = runs.flatMap((run) =>
        run.status === 'rejected' ? [(run.reason as Error).message] : [],
      );
      for (const failure of failures) expect(failure).to.include('Another process');
      const again = await scene.run(content, { batchSize: 5 });
      expect(again.outcome).to.be.oneOf(['known', 'finished']);
      expect((await scene.count('accounts')) - before).to.equal(60);
    });
  });
});
