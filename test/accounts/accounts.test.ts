import { expect } from 'chai';

import { connect, type Connected } from '../../src/server/services.ts';
import { settableClock } from '../support/clock.ts';
import { testConfig } from '../support/config.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { failureOf } from '../support/failure.ts';
import { createPerson } from '../support/people/people.ts';

describe('accounts', () => {
  let database: TestDatabase;
  let connected: Connected;
  const clock = settableClock();
  before(async () => {
    database = await createTestDatabase();
    connected = await connect(testConfig(database.url), { clock });
  });
  after(async () => {
    await connected.close();
    await database.drop();
  });

  const grantOf = (accountId: string) =>
    connected.tokens.createGrant(connected.db, {
      accountId,
      clientId: 'bookshop',
      consentId: null,
      sessionUid: null,
      expiresInSeconds: 3_600,
    });

  it('are not found by a malformed id', async () => {
    for (const id of ['', 'null', "' or 1=1 --", 'ABCDEF00-0000-4000-8000-000000000000']) {
      expect(await connected.accounts.find(id)).to.equal(null);
    }
  });

  it('sign out everywhere: grants end and the cut-off is now', async () => {
    const { accountId } = await createPerson(connected);
    const grant = await grantOf(accountId);
    await connected.accounts.signOutEverywhere({ accountId });
    expect(await connected.tokens.findGrant(grant.id)).to.equal(null);
    expect((await connected.accounts.find(accountId))?.cutOffAt).to.deep.equal(clock.now());
  });

  it('sign out all others: grants end, and the kept session is not cut off', async () => {
    const { accountId } = await createPerson(connected);
    const grant = await grantOf(accountId);
    await connected.accounts.signOutEverywhere({ accountId, exceptSessionUid: 'this-one' });
    expect(await connected.tokens.findGrant(grant.id)).to.equal(null);
    expect((await connected.accounts.find(accountId))?.cutOffAt).to.equal(null);
  });

  it('end nothing when the caller’s transaction rolls back', async () => {
    const { accountId } = await createPerson(connected);
    const grant = await grantOf(accountId);
    await connected.db
      .transaction(async (tx) => {
        await connected.accounts.signOutEverywhereIn(tx, { accountId });
        throw new Error('changed my mind');
      })
      .catch(() => undefined);
    expect(await connected.tokens.findGrant(grant.id)).to.not.equal(null);
    expect((await connected.accounts.find(accountId))?.cutOffAt).to.equal(null);
  });

  it('that are blocked lose sessions and grants, also after they are unblocked', async () => {
    const { accountId } = await createPerson(connected);
    const grant = await grantOf(accountId);
    const { accounts, db } = connected;
    await db.transaction((tx) =>
      accounts.setStatus(tx, { accountId, status: 'blocked', reason: 'spam' }),
    );
    const blocked = await connected.accounts.find(accountId);
    expect([blocked?.status, blocked?.statusReason]).to.deep.equal(['blocked', 'spam']);
    await db.transaction((tx) => accounts.setStatus(tx, { accountId, status: 'active' }));
    expect(await connected.tokens.findGrant(grant.id)).to.equal(null);
    const again = await connected.accounts.find(accountId);
    expect([again?.status, again?.statusReason]).to.deep.equal(['active', null]);
    expect(again?.cutOffAt).to.deep.equal(clock.now());
  });

  it('are not blocked without a reason', async () => {
    const { accountId } = await createPerson(connected);
    const work = connected.db.transaction((tx) =>
      connected.accounts.setStatus(tx, { accountId, status: 'blocked', reason: ' ' }),
    );
    expect((await failureOf(work)).fields).to.deep.equal({ reason: 'reason_required' });
  });
});
