import { expect } from 'chai';

import { failureOf } from '../support/failure.ts';
import type { TestPerson } from '../support/people/people.ts';
import { IP, randomEmail, type Scene, setScene } from './scene.ts';

// An intruder who was signed in may have requested the proof, and may be able to read the mail.
describe('an unfinished proof at a sign-out everywhere', () => {
  let scene: Scene;
  let person: TestPerson;
  let value: string;
  let attributeId: string;

  before(async () => {
    scene = await setScene();
  });
  after(() => scene?.close());

  const begin = async (): Promise<void> => {
    person = await scene.person();
    value = randomEmail();
    const { accountId } = person;
    const added = await scene.connected.vault.addAttribute({ accountId, claim: 'email', value });
    attributeId = added.id;
    await ask();
  };
  const ask = () =>
    scene.authentication.requestAttributeCode({
      accountId: person.accountId,
      attributeId,
      locale: 'en',
      ip: IP,
    });
  const isProven = async (): Promise<boolean> =>
    (await scene.connected.vault.findAttribute({ accountId: person.accountId, attributeId }))
      .isVerified;

  for (const [name, exceptSessionUid] of [
    ['everywhere', undefined],
    ['everywhere but here', 'this-session'],
  ] as const) {
    it(`is not valid after signing out ${name}, and can be started again`, async () => {
      await begin();
      const link = await scene.linkOf(value);
      const use = { link, accountId: person.accountId, ip: IP };
      const code = await scene.codeOf(value);
      scene.clock.advance(61);
      await scene.connected.accounts.signOutEverywhere({
        accountId: person.accountId,
        ...(exceptSessionUid !== undefined && { exceptSessionUid }),
      });
      expect((await failureOf(scene.authentication.confirmLink(use))).code).to.equal(
        'link_expired',
      );
      expect(await scene.authentication.describeLink(use)).to.equal(null);
      const byCode = scene.authentication.confirmAttribute({
        accountId: person.accountId,
        attributeId,
        code,
        locale: 'en',
        ip: IP,
      });
      expect((await failureOf(byCode)).code).to.equal('code_expired');
      expect(await isProven()).to.equal(false);

      await ask();
      await scene.authentication.confirmLink({ ...use, link: await scene.linkOf(value) });
      expect(await isProven()).to.equal(true);
    });
  }
});
