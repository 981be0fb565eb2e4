import { expect } from 'chai';

import type { Sealer } from '../../src/platform/keys/encryption.ts';
import type { Database } from '../../src/platform/postgres/postgres.ts';
import { currentRequest } from '../../src/platform/request-context.ts';
import { createRecentAttributes, keyContext } from '../../src/vault/index.ts';
import { connect, type Connected } from '../../src/server/services.ts';
import { settableClock } from '../support/clock.ts';
import { testConfig } from '../support/config.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { createPerson } from '../support/people/people.ts';
import { inRequest } from '../sessions/request.ts';

describe('Reads of personal values for releases', () => {
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

  const add = (accountId: string, claim: string, value: string, label?: string) => {
    clock.advance(1);
    const named = label === undefined ? {} : { label };
    return connected.vault.addAttribute({ accountId, claim, value, ...named });
  };

  it('returns the named values of the account, and none of another account', async () => {
    const { db, feed, masterSealer, keyStore: leaves } = connected;
    const reads = createRecentAttributes({ db, feed, masterSealer, leaves });
    const person = await createPerson(connected);
    const other = await createPerson(connected);
    const [email = ''] = person.attributeIds['email'] ?? [];
    const [foreign = ''] = other.attributeIds['email'] ?? [];
    const name = await add(person.accountId, 'name', 'Ana');
    const read = await reads.readReleasable(person.accountId, [email, name.id, foreign, 'nothing']);
    expect([...read.keys()]).to.have.members([email, name.id]);
    expect(read.get(email)).to.include({ claim: 'email', value: person.email, isVerified: true });
    expect(read.get(name.id)).to.include({ claim: 'name', value: 'Ana', isVerified: false });
  });

  it('unwraps the key of an account once per request, and keeps no values after the request', async () => {
    const { db, feed, masterSealer, keyStore } = connected;
    const person = await createPerson(connected);
    const [email = ''] = person.attributeIds['email'] ?? [];
    const opened: string[] = [];
    const countingSealer = (sealer: Sealer): Sealer => ({
      ...sealer,
      open: (sealed, context) => {
        opened.push(context);
        return sealer.open(sealed, context);
      },
    });
    const leaves = {
      ...keyStore,
      sealerOf: (leaf: number) => countingSealer(keyStore.sealerOf(leaf)),
    };
    const reads = createRecentAttributes({ db, feed, masterSealer, leaves });
    const read = async () => {
      await reads.list(person.accountId);
      await reads.readReleasable(person.accountId, [email]);
      return currentRequest()?.memo;
    };
    const memo = await inRequest(read);
    expect(opened).to.deep.equal([keyContext(person.accountId)]);
    expect(memo?.size).to.equal(0);
    await inRequest(read);
    expect(opened).to.have.length(2);
  });

  it('loads an account with one statement, and uses none while the copy is fresh', async () => {
    const { db, feed, masterSealer, keyStore: leaves } = connected;
    const { accountId, attributeIds } = await createPerson(connected);
    const statements: string[] = [];
    const counted: Database = {
      ...db,
      query: (statement) => {
        statements.push(statement.text);
        return db.query(statement);
      },
    };
    const reads = createRecentAttributes({ db: counted, feed, masterSealer, leaves });
    expect(await reads.list(accountId)).to.have.length(1);
    expect(await reads.readReleasable(accountId, attributeIds['email'] ?? [])).to.have.length(1);
    expect(statements).to.have.length(1);
  });

  it('reflects a change or a deletion at once', async () => {
    const { db, feed, masterSealer, keyStore: leaves, vault } = connected;
    const reads = createRecentAttributes({ db, feed, masterSealer, leaves });
    const { accountId } = await createPerson(connected);
    const { id } = await add(accountId, 'name', 'Ana');
    await reads.readReleasable(accountId, [id]);
    await vault.changeAttribute({ accountId, attributeId: id, value: 'Ana Petrova' });
    const changed = await reads.readReleasable(accountId, [id]);
    expect(changed.get(id)?.value).to.equal('Ana Petrova');
    await vault.removeAttribute({ accountId, attributeId: id });
    expect((await reads.readReleasable(accountId, [id])).size).to.equal(0);
  });
});
