import { expect } from 'chai';
import { parse } from 'node-html-parser';

import type { AuditKind } from '../../src/audit/index.ts';
import { runInRequest } from '../../src/platform/request-context.ts';
import { RUN, useExportScene } from './scene.ts';

const REQUEST = { ip: '192.0.2.7', userAgent: '' };

describe('The readable page of an export', () => {
  const scene = useExportScene();

  const record = (requestId: string, kind: AuditKind, claim?: string) =>
    runInRequest({ ...REQUEST, requestId, memo: new Map<string, unknown>() } as never, async () => {
      const { audit, db } = scene.connected;
      const { accountId, attributeIds } = scene.ana;
      const details = claim === undefined ? {} : { claim, attributeId: attributeIds[claim]?.[0] };
      await audit.record(db, { kind, accountId, details });
    });

  const read = (claims: readonly string[]) =>
    scene.connected.ledger.append({
      accountId: scene.ana.accountId,
      clientId: 'some-app',
      grantId: null,
      channel: 'userinfo',
      claims,
      ip: '192.0.2.1',
    });

  const open = async (locale = 'en') => {
    const { accountId } = scene.ana;
    const { id: exportId } = await scene.connected.exports.request({ accountId, locale });
    await scene.connected.exports.make({ exportId, ...RUN });
    const page = parse(
      (await scene.fetchFiles(exportId)).get('index.html')?.toString('utf8') ?? '',
    );
    const history = page.querySelector('#history');
    return {
      page,
      days: history?.querySelectorAll('h3').map(({ text }) => text) ?? [],
      entries: history?.querySelectorAll('article') ?? [],
    };
  };

  it('groups the history by day, newest first, with one entry for each thing', async () => {
    for (const [kind, claim] of [
      ['attribute.added', 'email'],
      ['attribute.added', 'name'],
      ['account.registered', undefined],
    ] as const) {
      await record('registration', kind, claim);
    }
    scene.clock.advance(86_400);
    for (let turn = 0; turn < 3; turn += 1) {
      await read(['email', 'email_verified', 'name']);
      scene.clock.advance(60);
    }
    const { days, entries } = await open();
    expect(days).to.have.length(2);
    const titles = entries.map((entry) => entry.querySelector('h4')?.text ?? '');
    expect(titles.slice(0, 3)).to.deep.equal([
      'You requested a copy of your data',
      'some-app read your e-mail address and your name',
      'You created your account',
    ]);
    expect(entries[1]?.querySelector('.notes')?.text).to.include('3 times between');
  });

  it('names the values that an event was about, as far as they exist', async () => {
    await record('registration', 'account.registered');
    await record('registration', 'attribute.added', 'name');
    const before = await open();
    const valuesOf = ({ entries }: typeof before) =>
      entries
        .find(({ text }) => text.includes('You created your account'))
        ?.querySelectorAll('.value')
        .map(({ text }) => text);
    expect(valuesOf(before)).to.include('Ana Petrova').and.include(scene.ana.email);
    await scene.connected.vault.removeAttribute({
      accountId: scene.ana.accountId,
      attributeId: scene.ana.attributeIds['name']?.[0] ?? '',
    });
    expect(valuesOf(await open()))
      .to.include(scene.ana.email)
      .and.not.include('Ana Petrova');
  });

  it('lists the profile in the order of the profile page, and marks a default only among several', async () => {
    const { page } = await open();
    const rows = page.querySelectorAll('#profile article').map((row) => ({
      title: row.querySelector('h3')?.text,
      isDefault: row.querySelector('.notes')?.text.includes('Default'),
    }));
    expect(rows).to.deep.equal([
      { title: 'Full name', isDefault: true },
      { title: 'Full name', isDefault: false },
      { title: 'E-mail', isDefault: false },
      { title: 'Phone', isDefault: false },
      { title: 'Home address', isDefault: false },
    ]);
  });

  it('has no ids and no signed texts, which are for programs', async () => {
    await read(['name']);
    const { page } = await open();
    const text = page.querySelector('main')?.text ?? '';
    expect(text).to.include('Ana Petrova').and.include(scene.ana.email);
    expect(text).not.to.match(/[0-9a-f]{8}-[0-9a-f]{4}-|eyJ/);
  });

  it('uses the time zone and the language of the person', async () => {
    await scene.connected.vault.addAttribute({
      accountId: scene.ana.accountId,
      claim: 'zoneinfo',
      value: 'Pacific/Kiritimati',
    });
    const { entries, page } = await open('ru');
    expect(page.querySelector('html')?.getAttribute('lang')).to.equal('ru');
    expect(entries[0]?.querySelector('time')?.text).to.include('GMT+14');
    expect(entries[0]?.text).to.include('Вы запросили');
  });
});
