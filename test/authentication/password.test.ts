import { expect } from 'chai';

import { failureOf } from '../support/failure.ts';
import { PASSWORD } from '../support/people/people.ts';
import { IP, NEW_PASSWORD, otherThan, randomEmail, type Scene, setScene } from './scene.ts';

describe('a forgotten password', () => {
  let scene: Scene;
  before(async () => {
    scene = await setScene();
  });
  after(() => scene.close());

  const start = (email: string) =>
    scene.authentication.startPasswordReset({ identifier: email, locale: 'en', ip: IP });
  const finish = (resetId: string, code: string, newPassword = NEW_PASSWORD) =>
    scene.authentication.finishPasswordReset({ resetId, code, newPassword, locale: 'en', ip: IP });
  const signIn = (email: string, password: string) =>
    scene.authentication.signIn({ identifier: email, password, deviceId: null, ip: IP });

  it('is replaced by the person who reads the mail; the old one stops working and a notice is sent', async () => {
    const person = await scene.person();
    const { resetId } = await start(person.email);
    await finish(resetId, await scene.codeOf(person.email));
    expect((await failureOf(signIn(person.email, PASSWORD))).code).to.equal('sign_in_failed');
    expect((await signIn(person.email, NEW_PASSWORD)).status).to.equal('signed_in');
    const mails = (await scene.mailsTo(person.email)).map(({ template }) => template);
    expect(mails).to.deep.equal(['password-reset-code', 'password-changed']);
  });

  it('signs out everywhere: every grant is revoked and the account is cut off', async () => {
    const person = await scene.person();
    const { accounts } = scene.connected;
    const { resetId } = await start(person.email);
    await finish(resetId, await scene.codeOf(person.email));
    const account = await accounts.find(person.accountId);
    expect(account?.cutOffAt).to.deep.equal(scene.clock.now());
  });

  it('answers an unknown address like a known one, and its codes never work', async () => {
    const person = await scene.person();
    const work: number[] = [];
    const answers = [];
    for (const email of [person.email, randomEmail()]) {
      const queued = await scene.queued();
      const { resetId } = await start(email);
      work.push((await scene.queued()) - queued);
      const wrong = otherThan(await scene.codeOf(person.email));
      const { kind, code, fields } = await failureOf(finish(resetId, wrong));
      answers.push({ kind, code, fields });
    }
    expect(work).to.deep.equal([1, 1]);
    expect(answers[0]).to.deep.equal(answers[1]);
  });

  it('mails no code to a blocked account', async () => {
    const person = await scene.person();
    const { accounts, db } = scene.connected;
    await db.transaction((tx) =>
      accounts.setStatus(tx, { accountId: person.accountId, status: 'blocked', reason: 'abuse' }),
    );
    await start(person.email);
    const mails = await scene.mailsTo(person.email);
    expect(mails.map(({ template }) => template)).to.deep.equal(['password-reset-refused']);
    expect(await scene.codeOf(person.email)).to.equal('no code was sent');
  });

  it('cannot be replaced a second time with another code that was requested before', async () => {
    const person = await scene.person();
    const first = await start(person.email);
    const firstCode = await scene.codeOf(person.email);
    scene.clock.advance(61);
    const second = await start(person.email);
    await finish(second.resetId, await scene.codeOf(person.email));
    const failure = await failureOf(finish(first.resetId, firstCode, PASSWORD));
    expect(failure.code).to.equal('code_expired');
  });

  it('cannot be replaced with a code mailed to an address that was removed since', async () => {
    const lost = randomEmail();
    const person = await scene.person();
    const { db, vault } = scene.connected;
    const { accountId } = person;
    const { id: attributeId } = await vault.addAttribute({
      accountId,
      claim: 'email',
      value: lost,
    });
    await db.transaction((tx) => vault.markVerified(tx, { accountId, attributeId, value: lost }));
    const { resetId } = await start(lost);
    const code = await scene.codeOf(lost);
    await vault.removeAttribute({ accountId, attributeId });
    expect((await failureOf(finish(resetId, code))).code).to.equal('code_expired');
  });

  it('does not use the code up on a weak password', async () => {
    const person = await scene.person();
    const { resetId } = await start(person.email);
    const code = await scene.codeOf(person.email);
    const weak = await failureOf(finish(resetId, code, 'password'.repeat(3)));
    expect(weak.fields).to.deep.equal({ newPassword: 'password_common' });
    await finish(resetId, code);
  });

  it('ends a code after three wrong attempts, after ten minutes, and after one use', async () => {
    const person = await scene.person();
    const codes: string[] = [];
    const guessed = await start(person.email);
    const code = await scene.codeOf(person.email);
    for (let count = 0; count < 3; count += 1) {
      codes.push((await failureOf(finish(guessed.resetId, otherThan(code)))).code);
    }
    codes.push((await failureOf(finish(guessed.resetId, code))).code);
    expect(codes).to.deep.equal(['code_wrong', 'code_wrong', 'code_expired', 'code_expired']);

    scene.clock.advance(61);
    const late = await start(person.email);
    scene.clock.advance(600);
    const lateCode = await scene.codeOf(person.email);
    expect((await failureOf(finish(late.resetId, lateCode))).code).to.equal('code_expired');

    const used = await start(person.email);
    const usedCode = await scene.codeOf(person.email);
    await finish(used.resetId, usedCode);
    expect((await failureOf(finish(used.resetId, usedCode))).code).to.equal('code_expired');
  });

  it('locks code entry for an address after ten wrong attempts an hour, not the account', async () => {
    const person = await scene.person();
    for (let flow = 0; flow < 4; flow += 1) {
      const { resetId } = await start(person.email);
      const code = await scene.codeOf(person.email);
      for (let count = 0; count < 3 && flow * 3 + count < 10; count += 1) {
        await failureOf(finish(resetId, otherThan(code)));
      }
      scene.clock.advance(61);
    }
    const { resetId } = await start(person.email);
    const locked = await failureOf(finish(resetId, await scene.codeOf(person.email)));
    expect([locked.kind, locked.code]).to.deep.equal(['too_many', 'code_locked']);
    expect((await signIn(person.email, PASSWORD)).status).to.equal('signed_in');
    scene.clock.advance(3_600 + 660);
    const later = await start(person.email);
    await finish(later.resetId, await scene.codeOf(person.email));
  });
});

describe('a password change', () => {
  let scene: Scene;
  before(async () => {
    scene = await setScene();
  });
  after(() => scene.close());

  const change = (accountId: string, currentPassword: string, newPassword: string) =>
    scene.authentication.changePassword({
      accountId,
      currentPassword,
      newPassword,
      keepSessionUid: 'this-one',
      locale: 'en',
    });

  it('needs the current password (6.2.3)', async () => {
    const person = await scene.person();
    const failure = await failureOf(change(person.accountId, 'not it', NEW_PASSWORD));
    expect(failure.fields).to.deep.equal({ currentPassword: 'password_wrong' });
  });

  it('happens once when two requests know the same current password', async () => {
    const { accountId } = await scene.person();
    const others = [NEW_PASSWORD, 'nine larches lean over the quiet weir'];
    const outcomes = await Promise.allSettled(
      others.map((other) => change(accountId, PASSWORD, other)),
    );
    const refused = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(refused).to.have.lengthOf(1);
    expect(refused[0]).to.have.deep.property('fields', { currentPassword: 'password_wrong' });
  });

  it('ends every grant, keeps the account in use, and mails a notice (6.2.2)', async () => {
    const person = await scene.person();
    const { db, tokens, clients, accounts } = scene.connected;
    expect(clients).to.be.an('object');
    const grant = await tokens.createGrant(db, {
      accountId: person.accountId,
      clientId: 'bookshop',
      consentId: null,
      sessionUid: null,
      expiresInSeconds: 3_600,
    });
    await change(person.accountId, PASSWORD, NEW_PASSWORD);
    expect(await tokens.findGrant(grant.id)).to.equal(null);
    expect((await accounts.find(person.accountId))?.cutOffAt).to.equal(null);
    const mails = (await scene.mailsTo(person.email)).map(({ template }) => template);
    expect(mails).to.deep.equal(['password-changed']);
  });

  it('ends a reset that another person had started', async () => {
    const person = await scene.person();
    const { resetId } = await scene.authentication.startPasswordReset({
      identifier: person.email,
      locale: 'en',
      ip: IP,
    });
    const code = await scene.codeOf(person.email);
    await scene.authentication.changePassword({
      accountId: person.accountId,
      currentPassword: PASSWORD,
      newPassword: NEW_PASSWORD,
      keepSessionUid: null,
      locale: 'en',
    });
    const reset = { resetId, code, newPassword: PASSWORD, locale: 'en', ip: IP };
    const failure = await failureOf(scene.authentication.finishPasswordReset(reset));
    expect(failure.code).to.equal('code_expired');
  });

  it('counts wrong current passwords like wrong ones at sign-in', async () => {
    const person = await scene.person();
    for (let count = 0; count < 5; count += 1) {
      await failureOf(change(person.accountId, 'not it', NEW_PASSWORD));
    }
    const failure = await failureOf(change(person.accountId, PASSWORD, NEW_PASSWORD));
    expect(failure.code).to.equal('sign_in_locked');
  });

  it('refuses parts of the person’s own e-mail (6.2.11)', async () => {
    const person = await scene.person();
    const local = person.email.split('@')[0] ?? '';
    const failure = await failureOf(change(person.accountId, PASSWORD, `my name is ${local}, hi`));
    expect(failure.fields).to.deep.equal({ newPassword: 'password_personal' });
  });
});
