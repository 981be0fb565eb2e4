import { expect } from 'chai';

import { connect, type Connected } from '../../src/server/services.ts';
import { settableClock } from '../support/clock.ts';
import { testConfig } from '../support/config.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { failureOf } from '../support/failure.ts';
import { createPerson } from '../support/people/people.ts';

describe('the vault', () => {
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
  const defaults = async (accountId: string, claim: string) =>
    (await connected.vault.listAttributes(accountId))
      .filter((attribute) => attribute.claim === claim && attribute.isDefault)
      .map(({ value }) => value);

  it('stores several values of a claim with labels; the first is the default', async () => {
    const { accountId } = await createPerson(connected);
    await add(accountId, 'name', 'Ana Petrova', ' work ');
    await add(accountId, 'name', 'A. Petrova');
    const names = (await connected.vault.listAttributes(accountId)).filter(
      ({ claim }) => claim === 'name',
    );
    expect(names.map(({ value, label, isDefault }) => [value, label, isDefault])).to.deep.equal([
      ['Ana Petrova', 'work', true],
      ['A. Petrova', null, false],
    ]);
  });

  it('makes another value the default when the default is deleted', async () => {
    const { accountId } = await createPerson(connected);
    const first = await add(accountId, 'nickname', 'anya');
    const second = await add(accountId, 'nickname', 'annie');
    await connected.vault.makeDefault({ accountId, attributeId: second.id });
    expect(await defaults(accountId, 'nickname')).to.deep.equal(['annie']);
    await connected.vault.removeAttribute({ accountId, attributeId: second.id });
    expect(await defaults(accountId, 'nickname')).to.deep.equal(['anya']);
    await connected.vault.removeAttribute({ accountId, attributeId: first.id });
    expect(await defaults(accountId, 'nickname')).to.deep.equal([]);
  });

  it('has one default after simultaneous changes of the default', async () => {
    const { accountId } = await createPerson(connected);
    const values = [];
    for (const value of ['one', 'two', 'three', 'four'])
      values.push(await add(accountId, 'name', value));
    await Promise.all(
      values.map(({ id }) => connected.vault.makeDefault({ accountId, attributeId: id })),
    );
    expect(await defaults(accountId, 'name')).to.have.length(1);
  });

  it('refuses a second value of a single claim, and the same value twice', async () => {
    const { accountId } = await createPerson(connected);
    await add(accountId, 'birthdate', '1990-05-20');
    expect((await failureOf(add(accountId, 'birthdate', '1991'))).code).to.equal('too_many_values');
    const email = 'Someone@B\u00fccher.example';
    await add(accountId, 'email', email);
    const again = await failureOf(add(accountId, 'email', 'someone@xn--bcher-kva.example'));
    expect(again.code).to.equal('value_exists');
  });

  it('refuses unknown claims, and claims that people cannot write', async () => {
    const { accountId } = await createPerson(connected);
    const codes = [];
    for (const claim of ['email_verified', 'sub', '__proto__', 'picture']) {
      codes.push((await failureOf(add(accountId, claim, 'https://example.org/x'))).code);
    }
    expect(codes).to.deep.equal([
      'claim_unknown',
      'claim_unknown',
      'claim_unknown',
      'claim_not_editable',
    ]);
  });

  it('refuses to delete the last proven address, but not one of two', async () => {
    const person = await createPerson(connected);
    const [first = ''] = person.attributeIds['email'] ?? [];
    const { accountId } = person;
    const last = connected.vault.removeAttribute({ accountId, attributeId: first });
    expect((await failureOf(last)).code).to.equal('last_identifier');
    const second = await add(accountId, 'email', `further-${person.email}`);
    const stillLast = connected.vault.removeAttribute({ accountId, attributeId: first });
    expect((await failureOf(stillLast)).code).to.equal('last_identifier');
    await connected.db.transaction((tx) =>
      connected.vault.markVerified(tx, {
        accountId,
        attributeId: second.id,
        value: `further-${person.email}`,
      }),
    );
    await connected.vault.removeAttribute({ accountId, attributeId: first });
    const found = await connected.vault.findIdentifier({ kind: 'email', value: person.email });
    expect(found).to.equal(null);
  });

  it('deletes only one of two proven addresses that are deleted at the same time', async () => {
    const person = await createPerson(connected, { values: { email: ['two@together.example'] } });
    const { accountId } = person;
    const ids = person.attributeIds['email'] ?? [];
    const results = await Promise.allSettled(
      ids.map((attributeId) => connected.vault.removeAttribute({ accountId, attributeId })),
    );
    expect(results.map(({ status }) => status).toSorted()).to.deep.equal(['fulfilled', 'rejected']);
  });

  it('refuses to change a proven value, but not its label', async () => {
    const person = await createPerson(connected);
    const [attributeId = ''] = person.attributeIds['email'] ?? [];
    const ref = { accountId: person.accountId, attributeId };
    const failure = await failureOf(
      connected.vault.changeAttribute({ ...ref, value: 'other@example.org' }),
    );
    expect(failure.code).to.equal('verified_value_fixed');
    const renamed = await connected.vault.changeAttribute({ ...ref, label: 'home' });
    expect([renamed.label, renamed.value, renamed.isVerified]).to.deep.equal([
      'home',
      person.email,
      true,
    ]);
  });

  it('finds no value of another person', async () => {
    const owner = await createPerson(connected);
    const other = await createPerson(connected);
    const { id } = await add(owner.accountId, 'name', 'Owner');
    const ref = { accountId: other.accountId, attributeId: id };
    const works = [
      () => connected.vault.findAttribute(ref),
      () => connected.vault.changeAttribute({ ...ref, value: 'Mine now' }),
      () => connected.vault.removeAttribute(ref),
      () => connected.vault.makeDefault(ref),
    ];
    for (const work of works) {
      expect((await failureOf(work())).code).to.equal('attribute_not_found');
    }
  });

  it('gives an address to one account when many prove it at the same time', async () => {
    const people = [];
    for (let count = 0; count < 4; count += 1) {
      const { accountId } = await createPerson(connected);
      const { id } = await add(accountId, 'email', 'contested@example.org');
      people.push({ accountId, attributeId: id, value: 'contested@example.org' });
    }
    const results = await Promise.allSettled(
      people.map((input) =>
        connected.db.transaction((tx) => connected.vault.markVerified(tx, input)),
      ),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
  });

  describe('encryption', () => {
    it('refuses a value that was moved to another row, another claim or another account', async () => {
      const { db, vault } = connected;
      const move = async (from: string, to: string) => {
        await db.query({
          name: 'test-move-value',
          text: `update attributes set sealed_value = (select sealed_value from attributes where id = $1) where id = $2`,
          values: [from, to],
        });
      };
      const one = await createPerson(connected);
      const other = await createPerson(connected);
      const name = await add(one.accountId, 'name', 'Ana');
      const nickname = await add(one.accountId, 'nickname', 'anya');
      const foreign = await add(other.accountId, 'name', 'Ben');
      for (const source of [nickname.id, foreign.id]) {
        await move(source, name.id);
        const opened = await vault.listAttributes(one.accountId).catch((error: unknown) => error);
        expect(opened).to.be.instanceOf(Error);
      }
    });

    it('refuses a key that was moved to another account', async () => {
      const { db, vault } = connected;
      const one = await createPerson(connected);
      const other = await createPerson(connected);
      await db.query({
        name: 'test-move-key',
        text: `update account_keys set wrapped_key = (select wrapped_key from account_keys where account_id = $1) where account_id = $2`,
        values: [one.accountId, other.accountId],
      });
      const opened = await vault.listAttributes(other.accountId).catch((error: unknown) => error);
      expect(opened).to.be.instanceOf(Error);
    });

    it('seals equal values to different ciphertexts, with one key per account', async () => {
      const one = await createPerson(connected);
      const other = await createPerson(connected);
      await add(one.accountId, 'name', 'Same Name');
      await add(other.accountId, 'name', 'Same Name');
      const rows = await connected.db.query<{ sealed_value: Buffer }>({
        name: 'test-sealed',
        text: `select sealed_value from attributes where account_id = any($1) and claim = 'name'`,
        values: [[one.accountId, other.accountId]],
      });
      expect(rows).to.have.length(2);
      expect(rows[0]?.sealed_value.equals(rows[1]?.sealed_value ?? Buffer.alloc(0))).to.equal(
        false,
      );
    });

    it('returns no values once the key is deleted', async () => {
      const { accountId } = await createPerson(connected);
      await connected.db.query({
        name: 'test-destroy-key',
        text: 'delete from account_keys where account_id = $1',
        values: [accountId],
      });
      expect(await connected.vault.listAttributes(accountId)).to.deep.equal([]);
    });
  });
});
