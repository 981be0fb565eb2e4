import { expect } from 'chai';

import { createSealer, UnknownKeyError, type Sealer } from '../../src/platform/keys/encryption.ts';
import { openTransientKeys, type TransientKeys } from '../../src/platform/keys/transient-keys.ts';
import { connect, type Connected } from '../../src/server/services.ts';
import { settableClock, type SettableClock } from '../support/clock.ts';
import { testConfig } from '../support/config.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { waitFor } from '../support/wait-for.ts';

const DAY = 86_400;
const PLACE = 'a place';

describe('Transient keys', () => {
  let clock: SettableClock;
  let database: TestDatabase;
  let first: Connected;
  let second: TransientKeys;
  let atFirst: Sealer;
  let atSecond: Sealer;

  beforeEach(async () => {
    clock = settableClock();
    database = await createTestDatabase();
    first = await connect(testConfig(database.url), { clock });
    second = await openTransientKeys(first);
    atFirst = createSealer(first.transientKeys);
    atSecond = createSealer(second);
  });
  afterEach(async () => {
    await first?.close();
    await database?.drop();
  });

  it('open on every node values sealed by one node', () => {
    expect(atSecond.open(atFirst.seal('hello', PLACE), PLACE).toString()).to.equal('hello');
  });

  it('change once a day, and a new key seals only after every node has received it', async () => {
    const old = atFirst.seal('', PLACE);
    clock.advance(DAY / 2);
    await first.transientKeys.renew();
    expect(first.transientKeys.keys()).to.have.length(1);
    clock.advance(DAY / 2);
    await first.transientKeys.renew();
    expect(first.transientKeys.keys()).to.have.length(2);
    expect(atFirst.versionOf(atFirst.seal('', PLACE))).to.equal(atFirst.versionOf(old));
    clock.advance(61);
    const renewed = atFirst.seal('new', PLACE);
    expect(atFirst.versionOf(renewed)).to.equal(atFirst.versionOf(old) + 1);
    await waitFor('the other node', () => second.keys().length === 2);
    expect(atSecond.open(renewed, PLACE).toString()).to.equal('new');
    expect(atSecond.open(old, PLACE).toString()).to.equal('');
  });

  it('are destroyed on every node when all values sealed by them have expired', async () => {
    const old = atFirst.seal('a mail', PLACE);
    for (const seconds of [DAY, DAY, DAY - 1]) {
      clock.advance(seconds);
      await first.transientKeys.renew();
      expect(atFirst.open(old, PLACE).toString()).to.equal('a mail');
    }
    clock.advance(2);
    expect(await first.transientKeys.renew()).to.equal(1);
    expect(() => atFirst.open(old, PLACE)).to.throw(UnknownKeyError);
    await waitFor('the other node', () => {
      try {
        atSecond.open(old, PLACE);
        return false;
      } catch (error) {
        return error instanceof UnknownKeyError;
      }
    });
  });

  it('are created once when several nodes renew them concurrently', async () => {
    clock.advance(DAY);
    await Promise.all([first.transientKeys.renew(), second.renew(), first.transientKeys.renew()]);
    expect(second.keys()).to.have.length(2);
  });
});
