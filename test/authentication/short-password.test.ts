import { expect } from 'chai';

import { failureOf } from '../support/failure.ts';
import { NEW_PASSWORD, type Scene, setScene } from './scene.ts';
import { secure, type SecuredPerson } from './second-step-scene.ts';

/** Eleven characters. */
const SHORT = 'heron clock';

describe('A password of fewer than 15 characters (6.2.1)', () => {
  let scene: Scene;
  let person: SecuredPerson;
  before(async () => {
    scene = await setScene();
  });
  beforeEach(async () => {
    scene.clock.advance(300);
    person = await secure(scene, await scene.person());
  });
  after(() => scene.close());

  const change = (who: { accountId: string; password: string }, newPassword: string) =>
    scene.authentication.changePassword({
      accountId: who.accountId,
      currentPassword: who.password,
      newPassword,
      keepSessionUid: null,
      locale: 'en',
    });
  const remove = () => scene.authentication.removeTotp({ accountId: person.accountId });
  const isSecured = async () => {
    const account = await scene.connected.accounts.read(person.accountId);
    return account?.secondFactorSince !== null;
  };

  it('is accepted beside a second step, from eight characters on, and not without one', async () => {
    const other = await scene.person();
    expect((await failureOf(change(other, SHORT))).fields).to.deep.equal({
      newPassword: 'password_too_short',
    });
    const seven = await failureOf(change(person, 'her ocl'));
    expect([seven.fields, seven.values]).to.deep.equal([
      { newPassword: 'password_too_short' },
      { shortest: 8 },
    ]);
    await change(person, SHORT);
    const { accountId } = person;
    const rules = await scene.authentication.describeOwnPasswordRules({ accountId });
    expect(rules.shortest).to.equal(8);
  });

  it('keeps the second step until a longer one is chosen', async () => {
    await change(person, SHORT);
    expect((await failureOf(remove())).code).to.equal('password_too_short_alone');
    expect(await isSecured()).to.equal(true);
    await change({ ...person, password: SHORT }, NEW_PASSWORD);
    await remove();
    expect(await isSecured()).to.equal(false);
  });

  it('is never left alone when it is set while the second step is removed', async () => {
    let both = 0;
    for (let round = 0; round < 6; round += 1) {
      const one = await secure(scene, await scene.person());
      person = one;
      const [changed, removed] = await Promise.allSettled([change(one, SHORT), remove()]);
      const isShort = changed.status === 'fulfilled';
      if (isShort && removed.status === 'fulfilled') both += 1;
      expect(isShort || removed.status === 'fulfilled').to.equal(true);
    }
    expect(both).to.equal(0);
  });

  it('does not end the second step of a person whose password was long all the time', async () => {
    await remove();
    expect(await isSecured()).to.equal(false);
  });
});
