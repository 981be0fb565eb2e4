import { expect } from 'chai';

import type { Client } from '../../src/clients/index.ts';
import type { Database } from '../../src/platform/postgres/postgres.ts';
import { sql } from '../../src/platform/postgres/sql.ts';
import { codeOf, decide, openWorld, requestOf, type TestAccount, type World } from './world.ts';

const ROUNDS = 12;

describe('A decision about an app that is deleted at the same time', () => {
  let world: World;
  let ana: TestAccount;
  let client: Client;
  let count = 0;

  before(async () => {
    world = await openWorld();
    ana = await world.createAccount({ name: ['Ana Petrova'] });
  });
  beforeEach(async () => {
    count += 1;
    client = await register(`app-${String(count)}`);
  });
  after(() => world.close());

  const register = (id: string) =>
    world.setClient({
      id,
      requests: [
        {
          claim: 'name',
          necessity: 'voluntary',
          purpose: { en: 'To address you' },
          purposeVersion: 1,
          longestDuration: 'until_withdrawn',
        },
      ],
    });
  const allow = () =>
    decide(world, ana.id, {
      request: requestOf(client),
      decision: { claims: { name: ana.ids['name']?.[0] ?? '' } },
    });
  /** As `clients.remove` does it. The copies of the app in this process are older. */
  const remove = async (beforeCommit: (tx: Database) => Promise<void> = async () => undefined) => {
    await world.db.transaction(async (tx) => {
      await tx.query(sql`select 1 from clients where id = ${client.id} for update`);
      await tx.query(sql`update clients set status = 'deleted' where id = ${client.id}`);
      await beforeCommit(tx);
    });
  };
  const isWaiting = async (tx: Database): Promise<boolean> => {
    const rows = await tx.query(sql`select 1 from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`);
    return rows.length > 0;
  };
  const whileDeleting = async (decision: () => Promise<unknown>): Promise<string> => {
    let outcome: Promise<string> = Promise.resolve('');
    await remove(async (tx) => {
      outcome = codeOf(decision());
      while (!(await isWaiting(tx)));
    });
    return outcome;
  };
  const listed = async () =>
    (await world.consents.list(ana.id)).filter(({ clientId }) => clientId === client.id);

  it('writes no first consent', async () => {
    expect(await whileDeleting(allow)).to.equal('consent_not_found');
    expect(await listed()).to.deep.equal([]);
    expect(await codeOf(allow())).to.equal('consent_not_found');
  });

  it('does not change a consent, which then ends with the app', async () => {
    const { version } = await allow();
    const refuse = () =>
      world.consents.changeItem({
        accountId: ana.id,
        clientId: client.id,
        claim: 'name',
        choice: 'refuse',
        locale: 'en',
      });
    expect(await whileDeleting(refuse)).to.equal('consent_not_found');
    expect((await listed()).map((consent) => consent.version)).to.deep.equal([version]);
    expect(await world.consents.endOfApp(client.id)).to.equal(1);
    expect(await listed()).to.deep.equal([]);
  });

  it('leaves no consent, whichever of the two is first', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      client = await register(`round-${String(round)}`);
      const decisions = Promise.allSettled([allow(), allow()]);
      for (let turn = 0; turn < round; turn += 1) await new Promise(setImmediate);
      await remove();
      await world.consents.endOfApp(client.id);
      await decisions;
      expect(await listed(), `round ${String(round)}`).to.deep.equal([]);
    }
  });
});
