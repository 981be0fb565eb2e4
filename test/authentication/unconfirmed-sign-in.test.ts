import { expect } from 'chai';

import { failureOf } from '../support/failure.ts';
import { PASSWORD } from '../support/people/people.ts';
import { IP, NEW_PASSWORD, randomEmail, type Scene, setScene } from './scene.ts';

describe('signing in with the password of a registration that waits for its code', () => {
  let scene: Scene;
  before(async () => {
    scene = await setScene();
  });
  after(() => scene.close());

  const signIn = (email: string, password: string) =>
    scene.authentication.signIn({ identifier: email, password, deviceId: null, ip: IP });
  const register = (email: string) =>
    scene.authentication.register({ email, password: NEW_PASSWORD, locale: 'en', ip: IP });

  it('answers alike for an address with and without an account', async () => {
    const { email: known } = await scene.person();
    const unknown = randomEmail();
    const answers = [];
    for (const email of [known, unknown]) {
      const { registrationId } = await register(email);
      const before = scene.counts.hashes;
      const { status, ...rest } = await signIn(email, NEW_PASSWORD);
      answers.push({
        status,
        isItsOwn: (rest as { registrationId?: string }).registrationId === registrationId,
        hashes: scene.counts.hashes - before,
      });
    }
    expect(answers[0]).to.deep.equal(answers[1]);
    expect(answers[0]).to.include({ status: 'email_unconfirmed', isItsOwn: true });
  });

  it('does not let another person who registered the address lift the pause of its owner', async () => {
    const { email } = await scene.person();
    await register(email);
    for (let count = 0; count < 4; count += 1) {
      expect(await failureOf(signIn(email, 'wrong'))).to.include({ code: 'sign_in_failed' });
    }
    await signIn(email, NEW_PASSWORD);
    await failureOf(signIn(email, 'wrong'));
    expect(await failureOf(signIn(email, 'wrong'))).to.include({ code: 'sign_in_locked' });
  });

  it('still signs the owner in, and mails them no code of the other person', async () => {
    const { email, accountId } = await scene.person();
    await register(email);
    scene.clock.advance(61);
    await signIn(email, NEW_PASSWORD);
    expect(await scene.codeOf(email)).to.equal('no code was sent');
    expect(await signIn(email, PASSWORD)).to.deep.include({ status: 'signed_in', accountId });
  });
});
