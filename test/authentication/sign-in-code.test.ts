import { expect } from 'chai';

import { failureOf } from '../support/failure.ts';
import { IP, nextNumber, otherThan, randomEmail, type Scene, setScene, signedIn } from './scene.ts';
import { recordAttempts } from './record-attempts.ts';

describe('signing in by a code, without a password', () => {
  let scene: Scene;
  before(async () => {
    scene = await setScene();
  });
  after(() => scene.close());

  const ask = (identifier: string) =>
    scene.authentication.requestSignInCode({ identifier, locale: 'en', ip: IP });
  const enter = (registrationId: string, code: string) =>
    signedIn(
      scene.authentication.confirmRegistration({ registrationId, code, deviceId: null, ip: IP }),
    );
  const begin = async (address: string) => {
    const { registrationId } = await ask(address);
    return enter(registrationId, await scene.codeOf(address));
  };
  const statusOf = async (accountId: string) =>
    (await scene.connected.accounts.find(accountId))?.status;

  for (const [what, address] of [
    ['an e-mail', randomEmail()],
    ['a phone', nextNumber()],
  ] as const) {
    it(`makes an account of an unknown address by its first right code, and recognises it afterwards: ${what}`, async () => {
      const first = await begin(address);
      expect(first.amr).to.deep.equal(['otp']);
      expect(await statusOf(first.accountId)).to.equal('active');
      scene.clock.advance(61);
      const again = await begin(address);
      expect(again.accountId).to.equal(first.accountId);
    });
  }

  it('sends the same statements for a wrong code, whether the address has an account or not', async () => {
    const { connected, authentication } = scene;
    const [passwordless, uncopied] = [randomEmail(), randomEmail()];
    const person = await scene.person();
    for (const address of [passwordless, uncopied]) await begin(address);
    scene.clock.advance(61);
    const { accountId } = await begin(passwordless);
    scene.clock.advance(61);
    // This node has a copy of the account and of its values.
    await connected.accounts.find(accountId);
    await connected.vault.recentAttributes(accountId);
    const sentBy = recordAttempts(connected.db);
    const signIns: (readonly string[])[] = [];
    const resets: (readonly string[])[] = [];
    for (const address of [passwordless, randomEmail(), person.email, uncopied, randomEmail()]) {
      const { registrationId } = await ask(address);
      const wrong = otherThan(await scene.codeOf(address).catch(() => '000000'));
      signIns.push(await sentBy(() => enter(registrationId, wrong)));
      const reset = { identifier: address, locale: 'en', ip: IP };
      scene.clock.advance(61);
      const { resetId } = await authentication.startPasswordReset(reset);
      const newPassword = 'nine lanterns cross the quiet harbour';
      const finish = { resetId, code: wrong, newPassword, locale: 'en', ip: IP };
      resets.push(await sentBy(() => authentication.finishPasswordReset(finish)));
      scene.clock.advance(61);
    }
    for (const sent of [signIns, resets]) {
      expect(sent[0]).to.have.length.above(2);
      for (const one of sent) expect(one).to.deep.equal(sent[0]);
    }
  });

  it('does the same for every address: one temporary account, one message, one answer', async () => {
    const person = await scene.person();
    const blocked = await scene.person();
    const { accounts, db } = scene.connected;
    await db.transaction((tx) =>
      accounts.setStatus(tx, { accountId: blocked.accountId, status: 'blocked', reason: 'abuse' }),
    );
    const passwordless = randomEmail();
    await begin(passwordless);
    scene.clock.advance(61);
    const countTemporary = async () =>
      (
        await db.query({
          name: 'test-temporary-ids',
          text: `select id from accounts where status = 'temporary'`,
        })
      ).length;
    for (const address of [randomEmail(), person.email, blocked.email, passwordless]) {
      const [accountsBefore, queuedBefore] = [await countTemporary(), await scene.queued()];
      const answer = await ask(address);
      expect(Object.keys(answer), address).to.deep.equal(['registrationId']);
      expect(await countTemporary(), address).to.equal(accountsBefore + 1);
      expect(await scene.queued(), address).to.equal(queuedBefore + 1);
      const tooSoon = await failureOf(ask(address));
      expect(tooSoon.code, address).to.equal('code_cooldown');
      const wrong = await failureOf(enter(answer.registrationId, '1234567'));
      expect(wrong.code, address).to.equal('code_wrong');
    }
  });

  it('signs in to an account with a password as well, and a change of the password ends the code', async () => {
    const person = await scene.person();
    const { accountId } = await begin(person.email);
    expect(accountId).to.equal(person.accountId);
    scene.clock.advance(61);
    const { registrationId } = await ask(person.email);
    await scene.authentication.changePassword({
      accountId,
      currentPassword: person.password,
      newPassword: 'seven herons count the evening trains',
      keepSessionUid: null,
      locale: 'en',
    });
    const late = await failureOf(enter(registrationId, await scene.codeOf(person.email)));
    expect(late.code).to.equal('code_expired');
  });

  it('mails the reason when no code can be used, to every address', async () => {
    const blocked = await scene.person();
    const { accounts, db } = scene.connected;
    await db.transaction((tx) =>
      accounts.setStatus(tx, { accountId: blocked.accountId, status: 'blocked', reason: 'abuse' }),
    );
    const { registrationId } = await ask(blocked.email);
    scene.clock.advance(61);
    await scene.authentication.resendCode({ flowId: registrationId, locale: 'en', ip: IP });
    expect(await scene.codeOf(blocked.email)).to.equal('no code was sent');
    const unknown = randomEmail();
    for (const identifier of [blocked.email, unknown])
      await scene.authentication.startPasswordReset({ identifier, locale: 'en', ip: IP });
    const templatesTo = async (address: string) =>
      (await scene.mailsTo(address)).map(({ template }) => template);
    expect(await templatesTo(blocked.email)).to.deep.equal([
      'sign-in-refused',
      'sign-in-refused',
      'password-reset-refused',
    ]);
    expect(await templatesTo(unknown)).to.deep.equal(['password-reset-refused']);
  });

  it('takes a code once, of fifty at the same time, and none after three wrong ones', async () => {
    const address = randomEmail();
    const { registrationId } = await ask(address);
    const code = await scene.codeOf(address);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, () => enter(registrationId, code)),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
    const other = randomEmail();
    const second = await ask(other);
    const right = await scene.codeOf(other);
    for (let turn = 0; turn < 3; turn += 1) {
      await failureOf(enter(second.registrationId, otherThan(right)));
    }
    expect((await failureOf(enter(second.registrationId, right))).code).to.equal('code_expired');
  });

  it('sends no message to text that is not an address', async () => {
    expect((await failureOf(ask('some.name'))).fields).to.deep.equal({
      identifier: 'email_invalid',
    });
    expect((await failureOf(ask('+44'))).fields).to.deep.equal({
      identifier: 'phone_number_invalid',
    });
  });
});
