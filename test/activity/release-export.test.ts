import { expect } from 'chai';
import { parse } from 'csv-parse/sync';

import { exportReleases, writeCsvLines } from '../../src/activity/export-releases.ts';
import { readsPerDay, summariseReads } from '../../src/activity/summarise-reads.ts';
import {
  createLedger,
  type Channel,
  type RecordedRelease,
  type ReleaseQuery,
} from '../../src/ledger/index.ts';
import { isAppError } from '../../src/platform/app-error.ts';
import { openPostgres } from '../../src/platform/postgres/postgres.ts';
import { openWorld, type TestAccount, type World } from '../consents/world.ts';

describe('The export of reads', () => {
  let world: World;
  let ana: TestAccount;
  const names = new Map([
    ['evil', '=HYPERLINK("http://x","a")'],
    ['shop', 'Book, "Shop"\nи Ко'],
  ]);
  const clients = {
    find: (id: string) =>
      Promise.resolve(names.has(id) ? ({ name: names.get(id) } as never) : null),
  };

  before(async () => {
    world = await openWorld();
    ana = await world.createAccount({ name: ['Ana'] });
    const ben = await world.createAccount({ name: ['Ben'] });
    const read = (clientId: string, channel: Channel, claims: readonly string[]) =>
      world.ledger.append({
        accountId: ana.id,
        clientId,
        grantId: null,
        channel,
        claims,
        ip: '192.0.2.7',
      });
    for (let index = 0; index < 1_100; index += 1) {
      if (index % 400 === 0) world.clock.advance(86_400);
      await (index % 100 === 0
        ? read('evil', 'id_token', ['name'])
        : read('shop', 'userinfo', ['email', 'email_verified']));
    }
    await read('gone', 'picture', ['picture']);
    await world.ledger.append({
      accountId: ben.id,
      clientId: 'shop',
      grantId: null,
      channel: 'userinfo',
      claims: ['name'],
    });
  });
  after(() => world.close());

  const file = async (format: 'csv' | 'json', filter: object = {}) => {
    const chunks: string[] = [];
    const stream = await exportReleases(
      { ...world, clients },
      { filter: { accountId: ana.id, ...filter }, format },
    );
    for await (const chunk of stream) chunks.push(String(chunk));
    return { text: chunks.join(''), chunks };
  };

  it('contains every read of the account once, newest first, in both formats', async () => {
    const csv = parse((await file('csv')).text, { columns: true }) as Record<string, string>[];
    const json = JSON.parse((await file('json')).text) as { releases: { id: string }[] };
    const numbers = Array.from({ length: 1_101 }, (_, index) => String(1_101 - index));
    expect(csv.map((line) => line['number'])).to.deep.equal(numbers);
    expect(json.releases.map(({ id }) => id)).to.deep.equal(numbers);
    expect(json.releases[0]).to.deep.include({
      clientId: 'gone',
      app: 'gone',
      channel: 'picture',
      claims: ['picture'],
      ip: '192.0.2.7',
    });
    expect(csv[1]).to.deep.include({
      app: 'Book, "Shop"\nи Ко',
      app_id: 'shop',
      channel: 'userinfo',
      values: 'email email_verified',
      address: '192.0.2.7',
    });
    expect(csv[0]?.['time']).to.equal(world.clock.now().toISOString());
  });

  it('contains no formula that a spreadsheet would run', async () => {
    const csv = parse((await file('csv', { clientId: 'evil' })).text, { columns: true }) as Record<
      string,
      string
    >[];
    expect(csv).to.have.length(11);
    expect(csv[0]?.['app']).to.equal(`'=HYPERLINK("http://x","a")`);
    for (const start of ['=', '+', '-', '@', '\t', '\r', '\n']) {
      expect(writeCsvLines([[`${start}1`]])).to.match(/^"?'/);
    }
    expect(writeCsvLines([['a,b', 'c"d', 'e', '']])).to.equal('"a,b","c""d",e,\r\n');
  });

  it('obeys the filter', async () => {
    const count = async (filter: object) => {
      const { releases } = JSON.parse((await file('json', filter)).text) as { releases: unknown[] };
      return releases.length;
    };
    expect(await count({ channel: 'picture' })).to.equal(1);
    expect(await count({ claim: 'email' })).to.equal(1_089);
    expect(await count({ from: world.clock.now() })).to.equal(301);
    expect(await count({ until: world.clock.now() })).to.equal(800);
    expect(await count({ clientId: 'nobody' })).to.equal(0);
  });

  it('reads the ledger at the speed of the reader', async () => {
    let pages = 0;
    const ledger = {
      list: (query: ReleaseQuery): Promise<RecordedRelease[]> => {
        pages += 1;
        return world.ledger.list(query);
      },
    };
    const stream = await exportReleases(
      { ...world, ledger, clients },
      { filter: { accountId: ana.id }, format: 'csv' },
    );
    await new Promise((resolve) => setImmediate(resolve));
    expect(pages).to.equal(1);
    stream.destroy();
  });

  it('is refused as a whole when the ledger is unavailable', async () => {
    const away = openPostgres({
      url: 'postgres://nobody@127.0.0.1:9/x',
      poolSize: 1,
      applicationName: 'test',
    });
    const ledger = createLedger({ db: away, clock: world.clock, signer: world.signer });
    const exported = await exportReleases(
      { ...world, ledger, clients },
      { filter: { accountId: ana.id }, format: 'csv' },
    ).catch((error: unknown) => error);
    await away.close();
    expect(isAppError(exported, 'database_unavailable')).to.equal(true);
  });

  it('can be counted by app, by claim and by day', async () => {
    const { apps, claims } = await summariseReads(world, { accountId: ana.id });
    expect(apps.map(({ clientId, reads }) => [clientId, reads])).to.have.deep.members([
      ['gone', 1],
      ['shop', 1_089],
      ['evil', 11],
    ]);
    expect(
      claims.map(({ claim, reads, clientIds }) => [claim, reads, clientIds]),
    ).to.have.deep.members([
      ['picture', 1, ['gone']],
      ['email', 1_089, ['shop']],
      ['name', 11, ['evil']],
    ]);
    const days = await readsPerDay(world, { accountId: ana.id });
    expect(days).to.have.length(30);
    expect(days.slice(-4).map(({ reads }) => reads)).to.deep.equal([0, 400, 400, 301]);
    const until = new Date(world.clock.now().toISOString().slice(0, 10));
    const from = new Date(until.getTime() - 86_400_000);
    const chosen = await readsPerDay(world, {
      accountId: ana.id,
      from,
      until,
      channel: 'id_token',
    });
    expect(chosen.map(({ reads }) => reads)).to.deep.equal([4]);
  });
});
