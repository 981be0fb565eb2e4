import { expect } from 'chai';

import { failureOf } from '../support/failure.ts';
import type { TestPerson } from '../support/people/people.ts';
import { IP, NEW_PASSWORD, type Scene, setScene } from './scene.ts';

describe('a password reset that was requested before', () => {
  let scene: Scene;
  before(async () => {
    scene = await setScene();
  });
  after(() => scene?.close());

  const signOut = ({ accountId }: TestPerson) =>
    scene.connected.accounts.signOutEverywhere({ accountId });
  const block = ({ accountId }: TestPerson) =>
    scene.connected.db.transaction((tx) =>
      scene.connected.accounts.setStatus(tx, { accountId, status: 'blocked', reason: 'abuse' }),
    );
  const remove = ({ accountId }: TestPerson) =>
    scene.connected.deletions.delete({ accountId, locale: 'en' });

  for (const [name, end] of [
    ['signed out everywhere', signOut],
    ['was blocked', block],
    ['deleted the account', remove],
  ] as const) {
    it(`sets no password once the person ${name}`, async () => {
      const person = await scene.person();
      const ask = { locale: 'en', ip: IP };
      const { resetId } = await scene.authentication.startPasswordReset({
        ...ask,
        identifier: person.email,
      });
      const code = await scene.codeOf(person.email);
      const hash = async () =>
        (
          await scene.connected.db.query<{ hash: string }>({
            name: 'test-hash',
            text: 'select hash from password_credentials where account_id = $1',
            values: [person.accountId],
          })
        )[0]?.hash;
      const before = await hash();
      expect(before).to.be.a('string');
      scene.clock.advance(61);
      await end(person);
      const reset = { ...ask, resetId, code, newPassword: NEW_PASSWORD };
      const failure = await failureOf(scene.authentication.finishPasswordReset(reset));
      expect(failure.code).to.equal('code_expired');
      expect(await hash()).to.equal(before);
    });
  }
});
