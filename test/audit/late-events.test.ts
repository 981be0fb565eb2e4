import { expect } from 'chai';

import { createLateEvents } from '../../src/audit/late-events.ts';
import { AppError } from '../../src/platform/app-error.ts';
import { openCuttableProxy, type CuttableProxy } from '../platform/cuttable-proxy.ts';
import { waitFor } from '../support/wait-for.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { injectFaults } from '../support/measurement/faults.ts';
import { createPerson, type TestPerson, visitorAt } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';

const MOST_STEPS = 60;

describe('An audit event outside a transaction', function () {
  this.timeout(60_000);
  let database: TestDatabase;
  let cable: CuttableProxy;
  let server: TestServer;
  let ana: TestPerson;

  before(async () => {
    database = await createTestDatabase();
    cable = await openCuttableProxy(database.url);
    server = await startTestServer({ databaseUrl: cable.url });
    ana = await createPerson(server.connected);
  });
  after(async () => {
    cable?.restore();
    await server?.stop();
    await cable?.close();
    await database?.drop();
  });

  const eventsOf = async (kind: string) =>
    (await server.connected.audit.list(ana.accountId)).filter((event) => event.kind === kind);

  it('is written after an outage with its original time', async () => {
    const { audit, db, clock } = server.connected;
    cable.cut();
    const outage = await db.ping().catch((error: unknown) => error);
    expect(outage).to.include({ kind: 'unavailable' });
    for (let turn = 0; turn < 3; turn += 1) {
      audit.recordAlone({ kind: 'grant.revoked', accountId: ana.accountId, details: { turn } });
    }
    const happenedBefore = clock.now();
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    cable.restore();
    await waitFor('the events', async () => (await eventsOf('grant.revoked')).length === 3, 20_000);
    for (const { occurredAt } of await eventsOf('grant.revoked')) {
      expect(occurredAt.getTime()).to.be.at.most(happenedBefore.getTime());
    }
  });

  it('of a refused sign-in is written also when its own commit failed', async () => {
    const faults = injectFaults(server.connected);
    let failed: string | null = '';
    for (
      let step = 0;
      step < MOST_STEPS && !failed?.startsWith('insert into audit_events');
      step += 1
    ) {
      await server.connected.db.query({ name: 'clear', text: 'delete from sign_in_failures' });
      const known = (await eventsOf('sign_in.failed')).length;
      const visitor = visitorAt(server.url);
      await visitor.get('/account');
      const typed = { identifier: ana.email, password: 'not the password' };
      faults.failAt(step, 'undone');
      await visitor.submitForm('form[action$="/sign-in"]', typed);
      failed = faults.end();
      if (!failed?.startsWith('insert into audit_events')) continue;
      expect(visitor.page.status).to.equal(503);
      await waitFor(
        'the event',
        async () => (await eventsOf('sign_in.failed')).length === known + 1,
        10_000,
      );
    }
    expect(failed).to.match(/^insert into audit_events/);
  });

  it('is dropped and counted when too many events wait', async () => {
    const report = { dropped: 0, counts: [] as object[] };
    let isUnavailable = true;
    const written: number[] = [];
    const late = createLateEvents<number>({
      write: async (row) => {
        if (isUnavailable) throw new AppError('unavailable', 'database_unavailable');
        written.push(row);
      },
      report: {
        onDropped: () => void (report.dropped += 1),
        onRecovered: (counts) => void report.counts.push(counts),
      },
    });
    for (let row = 0; row < 2_010; row += 1) late.add(row);
    await waitFor('the drops', () => report.dropped === 10, 5_000);
    isUnavailable = false;
    await late.close();
    expect(written).to.have.length(2_000);
    expect(report.counts).to.deep.equal([{ written: 2_000, dropped: 10 }]);
  });

  it('that the database refuses does not delay other events', async () => {
    const report = { errors: [] as unknown[], counts: [] as object[] };
    let isUnavailable = true;
    const written: number[] = [];
    const late = createLateEvents<number>({
      write: async (row) => {
        if (isUnavailable) throw new AppError('unavailable', 'database_unavailable');
        if (row === 2) throw new Error('refused');
        written.push(row);
      },
      report: {
        onDropped: (error) => void report.errors.push(error),
        onRecovered: (counts) => void report.counts.push(counts),
      },
    });
    for (const row of [1, 2, 3]) late.add(row);
    await new Promise(setImmediate);
    isUnavailable = false;
    await late.close();
    expect(written).to.have.members([1, 3]);
    expect(report.errors).to.have.length(1);
    expect(report.counts).to.deep.equal([{ written: 2, dropped: 1 }]);
  });
});
