import { randomUUID } from 'node:crypto';

import { expect } from 'chai';

import { createAudit } from '../../src/audit/index.ts';
import { openPostgres, type Postgres } from '../../src/platform/postgres/postgres.ts';
import { runInRequest } from '../../src/platform/request-context.ts';
import { settableClock } from '../support/clock.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';

describe('Audit record', () => {
  let database: TestDatabase;
  let db: Postgres;
  const clock = settableClock();

  before(async () => {
    database = await createTestDatabase();
    db = openPostgres({ url: database.url, poolSize: 3, applicationName: 'test' });
  });
  after(async () => {
    await db.close();
    await database.drop();
  });

  it('contains the kind, account, client, address and request of an event', async () => {
    const audit = createAudit({ db, clock });
    const accountId = randomUUID();
    const request = {
      requestId: 'r-1',
      ip: '192.0.2.9',
      network: '192.0.2.0',
      userAgent: 'x'.repeat(5_000),
      deviceId: null,
      locale: 'en',
      memo: new Map(),
      failure: null,
      isAnswered: false,
      cookies: { read: () => undefined, write: () => undefined },
    };
    await runInRequest(request, () =>
      audit.record(db, {
        kind: 'sign_in.failed',
        accountId,
        clientId: 'bookshop',
        details: { reason: 'x' },
      }),
    );
    const [event] = await audit.list(accountId);
    expect(event).to.deep.include({
      kind: 'sign_in.failed',
      accountId,
      clientId: 'bookshop',
      actorId: null,
      ip: '192.0.2.9',
      requestId: 'r-1',
      details: { reason: 'x' },
      occurredAt: clock.now(),
    });
    expect(event?.userAgent).to.have.length(300);
  });

  it('is rolled back with its transaction', async () => {
    const audit = createAudit({ db, clock });
    const accountId = randomUUID();
    const failing = db.transaction(async (tx) => {
      await audit.record(tx, { kind: 'password.changed', accountId });
      throw new Error('no');
    });
    await failing.catch(() => undefined);
    expect(await audit.list(accountId)).to.deep.equal([]);
  });

  it('can be listed for one account, newest first, by page and by time', async () => {
    const audit = createAudit({ db, clock });
    const [mine, other] = [randomUUID(), randomUUID()];
    for (const kind of ['export.requested', 'export.ready', 'export.failed'] as const) {
      clock.advance(60);
      await audit.record(db, { kind, accountId: mine });
      await audit.record(db, { kind: 'password.reset', accountId: other });
    }
    const [newest, middle] = await audit.list(mine, { limit: 2 });
    expect([newest?.kind, middle?.kind]).to.deep.equal(['export.failed', 'export.ready']);
    const older = await audit.list(mine, { before: middle?.id ?? '' });
    expect(older.map(({ kind }) => kind)).to.deep.equal(['export.requested']);
    const between = await audit.list(mine, {
      from: middle?.occurredAt ?? clock.now(),
      until: newest?.occurredAt ?? clock.now(),
    });
    expect(between.map(({ kind }) => kind)).to.deep.equal(['export.ready']);
  });
});
