import { expect } from 'chai';

import { failureOf } from '../support/failure.ts';
import { createPerson } from '../support/people/people.ts';
import { readAll, unzip, useExportScene } from './scene.ts';

describe('Downloads of exports', () => {
  const scene = useExportScene();

  describe('work', () => {
    it('once, also with fifty concurrent requests at two nodes', async () => {
      const exportId = await scene.ready();
      const tries = await Promise.allSettled(
        Array.from({ length: 50 }, (_, turn) =>
          (turn % 2 === 0 ? scene.connected : scene.other).exports.download({
            accountId: scene.ana.accountId,
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
      expect(await scene.chunkCount()).to.equal(0);
      const downloads = (await scene.connected.audit.list(scene.ana.accountId)).filter(
        ({ kind }) => kind === 'export.downloaded',
      );
      expect(downloads).to.have.length(1);
    });

    it('for the owner only', async () => {
      const exportId = await scene.ready();
      const eve = await createPerson(scene.connected);
      for (const attempt of [scene.connected.exports.download, scene.connected.exports.find]) {
        const failure = await failureOf(attempt({ accountId: eve.accountId, exportId }));
        expect(failure).to.include({ code: 'export_not_found', kind: 'not_found' });
      }
      expect(
        (await scene.connected.exports.find({ accountId: scene.ana.accountId, exportId })).status,
      ).to.equal('ready');
    });

    it('for one day', async () => {
      const exportId = await scene.ready();
      scene.clock.advance(86_400);
      expect(
        await failureOf(
          scene.connected.exports.download({ accountId: scene.ana.accountId, exportId }),
        ),
      ).to.include({ code: 'export_gone' });
      expect(await scene.connected.exports.purge()).to.equal(1);
      expect(await scene.chunkCount()).to.equal(0);
      expect((await scene.connected.exports.latest(scene.ana.accountId))?.status).to.equal(
        'expired',
      );
    });

    it('only when the export is ready', async () => {
      const exportId = await scene.request();
      expect(
        await failureOf(
          scene.connected.exports.download({ accountId: scene.ana.accountId, exportId }),
        ),
      ).to.include({ code: 'export_not_ready' });
    });

    it('once, also when the download is interrupted', async () => {
      const exportId = await scene.ready();
      const { body } = await scene.connected.exports.download({
        accountId: scene.ana.accountId,
        exportId,
      });
      for await (const _ of body) break;
      for (let turn = 0; (await scene.chunkCount()) > 0; turn += 1)
        if (turn > 500) throw new Error('it is still there');
    });
  });

  it('belong to the only export of a person: a new one replaces a finished one', async () => {
    const first = await scene.ready();
    const results = await Promise.allSettled(
      [scene.connected, scene.other, scene.connected].map(({ exports }) =>
        exports.request({ accountId: scene.ana.accountId, locale: 'en' }),
      ),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
    for (const result of results)
      if (result.status === 'rejected')
        expect(result.reason).to.include({ code: 'export_running' });
    expect(
      await failureOf(
        scene.connected.exports.find({ accountId: scene.ana.accountId, exportId: first }),
      ),
    ).to.include({ code: 'export_not_found' });
    expect(await scene.chunkCount()).to.equal(0);
  });
});
