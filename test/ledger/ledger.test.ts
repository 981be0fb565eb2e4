import { randomUUID } from 'node:crypto';

import { expect } from 'chai';

import { createLedger } from '../../src/ledger/index.ts';
import { isAppError } from '../../src/platform/app-error.ts';
import {
  openPostgres,
  type Database,
  type Postgres,
  type Statement,
} from '../../src/platform/postgres/postgres.ts';
import type { Signer } from '../../src/platform/keys/signer.ts';
import { settableClock, type SettableClock } from '../support/clock.ts';
import { openLedger, releaseOf as release, type TestLedger } from './open-ledger.ts';

describe('Ledger', () => {
  let opened: TestLedger;
  let db: Postgres;
  let signer: Signer;
  let clock: SettableClock;

  before(async () => {
    opened = await openLedger();
    ({ db, signer, clock } = opened);
  });
  after(() => opened.close());

  it('writes 200 concurrent releases in a few statements without loss', async () => {
    const accountId = randomUUID();
    let statements = 0;
    const counted: Database = {
      ...db,
      query: <Row>(statement: Statement) => {
        statements += 1;
        return db.query<Row>(statement);
      },
    };
    const ledger = createLedger({ db: counted, clock, signer });
    await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        if (index % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
        await ledger.append(release(accountId, { claims: [`c${String(index)}`] }));
      }),
    );
    expect(statements).to.be.at.most(4);
    const rows = await ledger.list({ accountId, limit: 500 });
    expect(new Set(rows.flatMap(({ claims }) => claims)).size).to.equal(200);
  });

  it('stores client, claims, time, channel and address, in any order of claims and with unusual names', async () => {
    const accountId = randomUUID();
    const ledger = createLedger({ db, clock, signer });
    const claims = ['name', 'a"b', 'с,пробелом {и} скобкой', ''];
    await ledger.append(release(accountId, { claims, channel: 'id_token' }));
    const [row] = await ledger.list({ accountId, limit: 1 });
    expect(row).to.include({
      clientId: 'bookshop',
      grantId: 'g1',
      channel: 'id_token',
      ip: '192.0.2.1',
    });
    expect(row?.claims).to.deep.equal(claims);
    expect(row?.releasedAt).to.deep.equal(clock.now());
  });

  it('lists by app, by claim and by time, page by page without loss or repetition', async () => {
    const accountId = randomUUID();
    const ledger = createLedger({ db, clock, signer });
    const start = clock.now();
    for (let index = 0; index < 7; index += 1) {
      // Several within one moment: the id decides their order.
      if (index % 3 === 0) clock.advance(60);
      await ledger.append(
        release(accountId, {
          clientId: index % 2 === 0 ? 'bookshop' : 'weather',
          claims: index === 5 ? ['address'] : ['email'],
        }),
      );
    }
    const all = await ledger.list({ accountId, limit: 100 });
    const paged: string[] = [];
    for (let last = all[-1]; paged.length < all.length;) {
      const page = await ledger.list({
        accountId,
        limit: 2,
        ...(last === undefined ? {} : { before: last }),
      });
      paged.push(...page.map(({ id }) => id));
      last = page.at(-1);
    }
    expect(paged).to.deep.equal(all.map(({ id }) => id));
    expect(await ledger.list({ accountId, clientId: 'weather', limit: 100 })).to.have.length(3);
    expect(await ledger.list({ accountId, claim: 'address', limit: 100 })).to.have.length(1);
    const from = new Date(start.getTime() + 120_000);
    expect(await ledger.list({ accountId, from, limit: 100 })).to.have.length(4);
    expect(await ledger.list({ accountId, until: from, limit: 100 })).to.have.length(3);
  });

  it('returns the last read of each app, and nothing of other accounts', async () => {
    const [mine, other] = [randomUUID(), randomUUID()];
    const ledger = createLedger({ db, clock, signer });
    await ledger.append(release(mine));
    await ledger.append(release(other, { clientId: 'weather' }));
    clock.advance(5);
    await ledger.append(release(mine, { claims: ['name'] }));
    expect(await ledger.lastRead(mine)).to.deep.equal(new Map([['bookshop', clock.now()]]));
    const ofClaims = await ledger.lastReadOfClaims(mine);
    expect([...ofClaims.keys()]).to.deep.equal(['bookshop']);
    expect([...(ofClaims.get('bookshop') ?? []).keys()]).to.have.members([
      'email',
      'email_verified',
      'name',
    ]);
    expect(await ledger.list({ accountId: mine, clientId: 'weather', limit: 10 })).to.deep.equal(
      [],
    );
  });

  it('fails with unavailable and writes nothing when the database is unavailable', async () => {
    const away = openPostgres({
      url: 'postgres://nobody@127.0.0.1:9/nothing',
      poolSize: 1,
      applicationName: 'test',
    });
    const appended = await Promise.allSettled(
      [1, 2, 3].map(() => createLedger({ db: away, clock, signer }).append(release(randomUUID()))),
    );
    for (const result of appended) {
      expect(
        result.status === 'rejected' && isAppError(result.reason, 'ledger_unavailable'),
      ).to.equal(true);
    }
    await away.close();
  });

  it('creates the coming partitions, also when several nodes do it concurrently', async () => {
    const later = settableClock('2031-12-15T00:00:00Z');
    await Promise.all(
      [1, 2, 3, 4].map(() => createLedger({ db, clock: later, signer }).ensurePartitions()),
    );
    const accountId = randomUUID();
    const ledger = createLedger({ db, clock: later, signer });
    for (const time of [
      '2031-12-31T23:59:59.999Z',
      '2032-01-01T00:00:00Z',
      '2032-02-29T12:00:00Z',
    ]) {
      later.set(time);
      await ledger.append(release(accountId));
    }
    expect(await ledger.list({ accountId, limit: 10 })).to.have.length(3);
  });
});
