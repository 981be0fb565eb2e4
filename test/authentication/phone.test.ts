import { expect } from 'chai';

import { failureOf } from '../support/failure.ts';
import { PASSWORD, type TestPerson } from '../support/people/people.ts';
import { IP, NEW_PASSWORD, nextNumber, otherThan, type Scene, setScene } from './scene.ts';

describe('a phone', () => {
  let scene: Scene;
  before(async () => {
    scene = await setScene();
  });
  after(() => scene.close());

  const add = (person: TestPerson, value: string, claim = 'phone_number') =>
    scene.connected.vault.addAttribute({ accountId: person.accountId, claim, value });
  const request = ({ accountId }: TestPerson, attributeId: string) =>
    scene.authentication.requestAttributeCode({ accountId, attributeId, locale: 'ru', ip: IP });
  const confirm = ({ accountId }: TestPerson, attributeId: string, code: string) =>
    scene.authentication.confirmAttribute({ accountId, attributeId, code, locale: 'ru', ip: IP });
  const signIn = (identifier: string, password = PASSWORD) =>
    scene.authentication.signIn({ identifier, password, deviceId: null, ip: IP });
  const withPhone = async (number = nextNumber(), typed = number) => {
    const person = await scene.person();
    const { id } = await add(person, typed);
    await request(person, id);
    await confirm(person, id, await scene.codeOf(number));
    return { person, number, attributeId: id };
  };

  it('is proven by the code of a text message; then a person can sign in with it in any spelling', async () => {
    const { person } = await withPhone('+442079460018', '+44 (0)20 7946 0018');
    const [sms] = await scene.smsTo('+442079460018');
    expect([sms?.template, sms?.locale]).to.deep.equal(['attribute-code', 'ru']);
    for (const spelling of ['+442079460018', '0044 20 7946 0018', ' +44 (20) 7946-0018 ']) {
      expect(await signIn(spelling), spelling).to.include({
        status: 'signed_in',
        accountId: person.accountId,
      });
    }
  });

  it('causes a notice to the e-mails that were proven before', async () => {
    const { person, number } = await withPhone();
    const [notice] = await scene.mailsTo(person.email);
    expect([notice?.template, notice?.locale]).to.deep.equal(['phone-added', 'ru']);
    expect(notice?.values).to.include({ address: number }).and.have.property('alert');
  });

  it('that is not proven does not sign in', async () => {
    const person = await scene.person();
    const number = nextNumber();
    await add(person, number);
    expect((await failureOf(signIn(number))).code).to.equal('sign_in_failed');
  });

  it('that is deleted does not sign in; a notice goes to the phone and the e-mails', async () => {
    const { person, number, attributeId } = await withPhone();
    await scene.connected.vault.removeAttribute({ accountId: person.accountId, attributeId });
    expect((await failureOf(signIn(number))).code).to.equal('sign_in_failed');
    const texts = (await scene.smsTo(number)).map(({ template }) => template);
    expect(texts).to.deep.equal(['attribute-code', 'phone-removed']);
    const mails = (await scene.mailsTo(person.email)).map(({ template }) => template);
    expect(mails).to.include('phone-gone');
  });

  it('is not proven by a code for another number, another account, or another purpose', async () => {
    const [owner, stranger] = [await scene.person(), await scene.person()];
    const [first, second] = [nextNumber(), nextNumber()];
    const { id } = await add(owner, first);
    const other = await add(owner, second);
    await request(owner, id);
    const code = await scene.codeOf(first);
    expect((await failureOf(confirm(owner, other.id, code))).code).to.equal('code_expired');
    expect((await failureOf(confirm(stranger, id, code))).code).to.equal('code_expired');
    const theirs = await add(stranger, second);
    await request(stranger, theirs.id);
    expect((await failureOf(confirm(stranger, theirs.id, code))).code).to.equal('code_wrong');
    const reset = scene.authentication.finishPasswordReset({
      resetId: id,
      code,
      newPassword: NEW_PASSWORD,
      locale: 'en',
      ip: IP,
    });
    expect((await failureOf(reset)).code).to.equal('code_expired');
    await confirm(owner, id, code);
    expect(await signIn(first)).to.include({ accountId: owner.accountId });
  });

  it('is not proven by a used code, nor by the right code after three wrong ones', async () => {
    const { person, attributeId, number } = await withPhone();
    const again = await failureOf(confirm(person, attributeId, await scene.codeOf(number)));
    expect(again.code).to.equal('code_expired');
    const further = nextNumber();
    const { id } = await add(person, further);
    await request(person, id);
    const code = await scene.codeOf(further);
    for (const answer of ['code_wrong', 'code_wrong', 'code_expired', 'code_expired']) {
      expect((await failureOf(confirm(person, id, otherThan(code)))).code).to.equal(answer);
    }
    expect((await failureOf(confirm(person, id, code))).code).to.equal('code_expired');
  });

  it('that another account has proven stays there: same answer, and its owner gets a text message', async () => {
    const { person: holder, number } = await withPhone();
    const stranger = await scene.person();
    const { id } = await add(stranger, number);
    scene.clock.advance(61);
    await request(stranger, id);
    const newest = (await scene.smsTo(number)).at(-1);
    expect([newest?.template, newest?.locale]).to.deep.equal(['attribute-known', 'en']);
    expect((await failureOf(confirm(stranger, id, '123456'))).code).to.equal('code_wrong');
    expect(await signIn(number)).to.include({ accountId: holder.accountId });
  });

  it('can be used to reset the password, and an unknown phone causes the same work', async () => {
    const { person, number } = await withPhone();
    scene.clock.advance(61);
    const start = (identifier: string) =>
      scene.authentication.startPasswordReset({ identifier, locale: 'en', ip: IP });
    const queued = async () => {
      const [row] = await scene.connected.db.query<{ count: number }>({
        name: 'test-count-sms',
        text: 'select count(*)::int as count from outgoing_sms',
      });
      return row?.count ?? 0;
    };
    const before = await queued();
    await start(nextNumber());
    expect(await queued()).to.equal(before + 1);
    const { resetId } = await start(number);
    expect(await queued()).to.equal(before + 2);
    await scene.authentication.finishPasswordReset({
      resetId,
      code: await scene.codeOf(number),
      newPassword: NEW_PASSWORD,
      locale: 'en',
      ip: IP,
    });
    expect(await signIn(person.email, NEW_PASSWORD)).to.include({ status: 'signed_in' });
    const refused = await failureOf(start('+44 20'));
    expect(refused.fields).to.deep.equal({ identifier: 'phone_number_invalid' });
  });

  it('is stored in clear neither in a row nor in the data of the job', async () => {
    const { number } = await withPhone();
    const digits = number.slice(1);
    for (const table of ['outgoing_sms', 'one_time_codes', 'pgboss.job']) {
      const rows = await scene.connected.db.query<{ row: string }>({
        name: `test-dump-${table}`,
        text: `select t::text as row from ${table} t`,
      });
      expect(rows.length, table).to.be.above(0);
      for (const { row } of rows) expect(row, table).to.not.include(digits);
    }
  });
});

describe('sign-in by username', () => {
  let scene: Scene;
  before(async () => {
    scene = await setScene();
  });
  after(() => scene.close());

  const signIn = (identifier: string, password = PASSWORD) =>
    scene.authentication.signIn({ identifier, password, deviceId: null, ip: IP });
  const withUsername = async (value: string) => {
    const person = await scene.person();
    const { accountId } = person;
    const { id } = await scene.connected.vault.addAttribute({
      accountId,
      claim: 'preferred_username',
      value,
    });
    return { ...person, attributeId: id };
  };

  it('authenticates the person, independent of upper and lower case', async () => {
    const { accountId } = await withUsername('Ana.Petrova');
    for (const spelling of ['Ana.Petrova', 'ana.petrova', ' ANA.PETROVA ']) {
      expect(await signIn(spelling), spelling).to.include({ status: 'signed_in', accountId });
    }
  });

  it('ends when the username is changed or deleted', async () => {
    const { accountId, attributeId, email } = await withUsername('first.name');
    const { vault } = scene.connected;
    await vault.changeAttribute({ accountId, attributeId, value: 'second.name' });
    expect((await failureOf(signIn('first.name'))).code).to.equal('sign_in_failed');
    expect(await signIn('second.name')).to.include({ accountId });
    await vault.removeAttribute({ accountId, attributeId });
    expect((await failureOf(signIn('second.name'))).code).to.equal('sign_in_failed');
    const mails = (await scene.mailsTo(email)).map(({ template, values }) => [
      template,
      values['address'],
    ]);
    expect(mails).to.deep.equal([
      ['username-added', 'first.name'],
      ['username-added', 'second.name'],
      ['username-gone', 'second.name'],
    ]);
  });

  it('answers alike, with as many hashes, for unknown names, numbers and addresses and for a wrong password', async () => {
    await withUsername('somebody.here');
    const person = await scene.person();
    const seen: string[] = [];
    const hashes: number[] = [];
    for (const name of [
      'somebody.here',
      'nobody.here',
      person.email,
      'x@example.org',
      '+442079469999',
      '???',
      '',
    ]) {
      const before = scene.counts.hashes;
      const failure = await failureOf(signIn(name, 'not the password'));
      seen.push(`${failure.kind} ${failure.code} ${failure.message}`);
      hashes.push(scene.counts.hashes - before);
    }
    expect(new Set(seen).size).to.equal(1);
    expect(new Set(hashes).size).to.equal(1);
  });

  it('counts wrong passwords over all names of the account, and shows a pause for none of them', async () => {
    const { email } = await withUsername('many.tries');
    for (let turn = 0; turn < 5; turn += 1) {
      await failureOf(signIn(turn % 2 === 0 ? 'many.tries' : email, 'wrong'));
    }
    expect((await failureOf(signIn(email))).code).to.equal('sign_in_failed');
    expect((await failureOf(signIn('many.tries'))).code).to.equal('sign_in_failed');
    scene.clock.advance(60);
    expect((await signIn(email)).status).to.equal('signed_in');
  });
});
