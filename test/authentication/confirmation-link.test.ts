import { expect } from 'chai';

import { failureOf } from '../support/failure.ts';
import { PASSWORD, type TestPerson } from '../support/people/people.ts';
import { IP, NEW_PASSWORD, randomEmail, type Scene, setScene } from './scene.ts';

const DAY = 86_400;
const HERE = 'the browser that requested it';
const ELSEWHERE = 'another browser';

describe('the link of a mail', () => {
  let scene: Scene;
  beforeEach(async () => {
    scene = await setScene();
  });
  afterEach(() => scene.close());

  const addEmail = async (person: TestPerson, value = randomEmail()) => {
    const { accountId } = person;
    const { id } = await scene.connected.vault.addAttribute({ accountId, claim: 'email', value });
    return { value, attributeId: id };
  };
  const request = ({ accountId }: TestPerson, attributeId: string) =>
    scene.authentication.requestAttributeCode({
      accountId,
      attributeId,
      locale: 'en',
      ip: IP,
      deviceId: HERE,
    });
  const withLink = async () => {
    const person = await scene.person();
    const { value, attributeId } = await addEmail(person);
    await request(person, attributeId);
    return { person, value, attributeId, link: await scene.linkOf(value) };
  };
  const from = { accountId: null, deviceId: HERE, ip: IP };
  const look = (link: string) => scene.authentication.describeLink({ link, ...from });
  const use = (link: string) => scene.authentication.confirmLink({ link, ...from });
  const isDead = async (link: string) => {
    expect((await failureOf(use(link))).code).to.equal('link_expired');
    expect(await look(link)).to.equal(null);
  };
  const isDone = async (link: string) => {
    expect((await failureOf(use(link))).code).to.equal('link_expired');
    expect(await look(link)).to.include({ use: 'done' });
    const elsewhere = { link, accountId: null, deviceId: ELSEWHERE, ip: IP };
    const { purpose } = (await scene.authentication.describeLink(elsewhere)) ?? {};
    // Only a registration is known in another browser: the mailed address can confirm it there.
    expect(purpose).to.be.oneOf([undefined, 'registration']);
  };
  const signIn = (identifier: string, password = PASSWORD) =>
    scene.authentication.signIn({ identifier, password, deviceId: null, ip: IP });

  const register = (email: string) =>
    scene.authentication.register({
      email,
      password: PASSWORD,
      locale: 'en',
      ip: IP,
      deviceId: HERE,
    });

  it('proves the address, sends a notice to the others, and shows only the proven address', async () => {
    const { person, value, link } = await withLink();
    expect(await use(link)).to.deep.equal({ purpose: 'attribute', email: value });
    expect(await signIn(value)).to.include({ accountId: person.accountId });
    const [notice] = await scene.mailsTo(person.email);
    expect(notice?.template).to.equal('email-added');
  });

  it('can be opened any number of times: only the form uses it up', async () => {
    const { value, link } = await withLink();
    for (let turn = 0; turn < 20; turn += 1) {
      expect(await look(link)).to.include({ purpose: 'attribute', use: 'confirm', email: value });
    }
    expect((await failureOf(signIn(value))).code).to.equal('sign_in_failed');
    await use(link);
    await isDone(link);
  });

  it('makes the account of a registration active, which then signs in with its password', async () => {
    const email = randomEmail();
    await register(email);
    const link = await scene.linkOf(email);
    expect(await use(link)).to.deep.equal({ purpose: 'registration', email });
    expect(await signIn(email)).to.include({ status: 'signed_in' });
    await isDone(link);
  });

  it('requires a new password in another browser, which replaces the password of the registration', async () => {
    const email = randomEmail();
    await register(email);
    const link = await scene.linkOf(email);
    const there = { link, accountId: null, deviceId: ELSEWHERE, ip: IP };
    expect(await scene.authentication.describeLink(there)).to.include({ use: 'choose_password' });
    const wanted = await failureOf(scene.authentication.confirmLink(there));
    expect(wanted).to.include({ code: 'new_password_required' });
    const weak = await failureOf(scene.authentication.confirmLink({ ...there, newPassword: 'x' }));
    expect(weak.fields).to.deep.equal({ newPassword: 'password_too_short' });
    await scene.authentication.confirmLink({ ...there, newPassword: NEW_PASSWORD });
    expect((await failureOf(signIn(email))).code).to.equal('sign_in_failed');
    expect(await signIn(email, NEW_PASSWORD)).to.include({ status: 'signed_in' });
  });

  it('proves an added address only in the browser that added it, or for the person who did', async () => {
    const { person, value, link } = await withLink();
    const stranger = await scene.person();
    for (const { accountId, deviceId } of [
      { accountId: null, deviceId: ELSEWHERE },
      { accountId: null, deviceId: null },
      { accountId: stranger.accountId, deviceId: ELSEWHERE },
    ]) {
      const input = { link, accountId, deviceId, ip: IP };
      expect(await scene.authentication.describeLink(input)).to.include({ use: 'elsewhere' });
      const refused = await failureOf(scene.authentication.confirmLink(input));
      expect(refused).to.include({ kind: 'forbidden', code: 'link_elsewhere' });
    }
    const { accountId } = person;
    await scene.authentication.confirmLink({ link, accountId, deviceId: ELSEWHERE, ip: IP });
    expect(await signIn(value)).to.include({ accountId });
  });

  it('succeeds once, of fifty simultaneous uses', async () => {
    const { link, value } = await withLink();
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => use(link)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
    expect(await signIn(value)).to.include({ status: 'signed_in' });
  });

  it('works for 24 hours, long after the code beside it', async () => {
    const { person, value, attributeId, link } = await withLink();
    scene.clock.advance(DAY - 1);
    const code = await scene.codeOf(value);
    const late = scene.authentication.confirmAttribute({
      accountId: person.accountId,
      attributeId,
      code,
      locale: 'en',
      ip: IP,
    });
    expect((await failureOf(late)).code).to.equal('code_expired');
    await use(link);
    const other = await withLink();
    scene.clock.advance(DAY);
    await isDead(other.link);
  });

  it('is not valid once the code in the same mail was used, and vice versa', async () => {
    const one = await withLink();
    const byCode = async ({ person, attributeId, value }: typeof one) =>
      scene.authentication.confirmAttribute({
        accountId: person.accountId,
        attributeId,
        code: await scene.codeOf(value),
        locale: 'en',
        ip: IP,
      });
    await byCode(one);
    await isDone(one.link);
    const two = await withLink();
    await use(two.link);
    expect((await failureOf(byCode(two))).code).to.equal('code_expired');
  });

  it('is not valid once a newer one was sent', async () => {
    const { person, value, attributeId, link } = await withLink();
    scene.clock.advance(61);
    await request(person, attributeId);
    await isDead(link);
    await use(await scene.linkOf(value));
  });

  it('is not valid once the value was changed or deleted, or the account is not active', async () => {
    const { vault, accounts, db } = scene.connected;
    const changed = await withLink();
    const { accountId } = changed.person;
    await vault.changeAttribute({
      accountId,
      attributeId: changed.attributeId,
      value: randomEmail(),
    });
    expect((await failureOf(use(changed.link))).code).to.equal('link_expired');

    const gone = await withLink();
    await vault.removeAttribute({
      accountId: gone.person.accountId,
      attributeId: gone.attributeId,
    });
    expect((await failureOf(use(gone.link))).code).to.equal('link_expired');

    const blocked = await withLink();
    await db.transaction((tx) =>
      accounts.setStatus(tx, {
        accountId: blocked.person.accountId,
        status: 'blocked',
        reason: 'abuse',
      }),
    );
    expect((await failureOf(use(blocked.link))).code).to.equal('link_expired');
  });

  it('proves nothing for an address that another account has proven in the meantime', async () => {
    const { value, link } = await withLink();
    const faster = await scene.person();
    const { attributeId } = await addEmail(faster, value);
    scene.clock.advance(61);
    await request(faster, attributeId);
    await use(await scene.linkOf(value));
    expect((await failureOf(use(link))).code).to.equal('address_taken');
    expect(await signIn(value)).to.include({ accountId: faster.accountId });
  });

  it('is not mailed to the owner of an address that another person adds', async () => {
    const holder = await scene.person();
    const stranger = await scene.person();
    const { attributeId } = await addEmail(stranger, holder.email);
    await request(stranger, attributeId);
    expect(await scene.linkOf(holder.email)).to.equal('no link was sent');
  });

  it('is stored as a fingerprint; other text is refused', async () => {
    const { link } = await withLink();
    const rows = await scene.connected.db.query<{ row: string }>({
      name: 'test-dump-codes',
      text: 'select c::text as row from one_time_codes c',
    });
    for (const { row } of rows) {
      expect(row).to.not.include(link);
      expect(row).to.not.include(Buffer.from(link, 'base64url').toString('hex'));
    }
    for (const wrong of ['', 'x', `${link}x`, link.slice(1), link.toUpperCase()]) {
      await isDead(wrong);
    }
  });
});
