import { randomUUID } from 'node:crypto';

import { expect } from 'chai';

import { openLedger, releaseOf, type TestLedger } from './open-ledger.ts';

describe('The time without a signed end of the ledger', () => {
  let opened: TestLedger;
  before(async () => {
    opened = await openLedger();
  });
  after(() => opened.close());

  it('begins with the last checkpoint, and is 0 while that covers all rows', async () => {
    const { ledger, clock } = opened;
    const accountId = randomUUID();
    expect(await ledger.unsignedSeconds()).to.equal(0);
    await ledger.append(releaseOf(accountId));
    clock.advance(600);
    expect(await ledger.unsignedSeconds()).to.equal(600);
    await ledger.signCheckpoints();
    clock.advance(7_200);
    expect(await ledger.unsignedSeconds()).to.equal(0);

    await ledger.append(releaseOf(accountId));
    clock.advance(60);
    expect(await ledger.unsignedSeconds()).to.equal(60);
    await ledger.signCheckpoints();
    expect(await ledger.unsignedSeconds()).to.equal(0);
  });
});
