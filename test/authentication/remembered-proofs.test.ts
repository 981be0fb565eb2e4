import { expect } from 'chai';

import { isProofCurrent } from '../../src/accounts/index.ts';
import { cutOff } from '../support/people/cut-off.ts';
import { failureOf } from '../support/failure.ts';
import { PASSWORD, type TestPerson } from '../support/people/people.ts';
import { IP, NEW_PASSWORD, randomEmail, type Scene, setScene } from './scene.ts';

const BROWSER = 'a browser that is known';
const request = { locale: 'en', ip: IP, deviceId: BROWSER };

/** The actions that end all stored proofs, and restore an active account. */
const ENDINGS: Readonly<Record<string, (scene: Scene, person: TestPerson) => Promise<unknown>>> = {
  'a sign-out everywhere': ({ connected }, { accountId }) =>
    connected.accounts.signOutEverywhere({ accountId }),
  'a sign-out of the other browsers': ({ connected }, { accountId }) =>
    connected.accounts.signOutEverywhere({ accountId, exceptSessionUid: 'this session' }),
  'a password change': ({ authentication }, { accountId }) =>
    authentication.changePassword({
      accountId,
      currentPassword: PASSWORD,
      newPassword: NEW_PASSWORD,
      keepSessionUid: 'this session',
      locale: 'en',
    }),
  'a password reset': async (scene, { email }) => {
    const asked = { ...request, deviceId: 'another browser' };
    scene.clock.advance(61);
    const { resetId } = await scene.authentication.startPasswordReset({
      ...asked,
      identifier: email,
    });
    const code = await scene.codeOf(email);
    await scene.authentication.finishPasswordReset({
      ...asked,
      resetId,
      code,
      newPassword: NEW_PASSWORD,
    });
  },
  'a block that was lifted': async ({ connected }, { accountId }) => {
    const { accounts, db } = connected;
    await db.transaction((tx) =>
      accounts.setStatus(tx, { accountId, status: 'blocked', reason: 'abuse' }),
    );
    await db.transaction((tx) => accounts.setStatus(tx, { accountId, status: 'active' }));
  },
  'a deletion that was taken back': async ({ connected }, { accountId }) => {
    await connected.deletions.delete({ accountId, locale: 'en' });
    await connected.db.transaction((tx) => connected.accounts.restore(tx, { accountId }));
  },
};

// A person who knew the old password must not get in with an earlier proof.
describe('everything that is stored about a proof', () => {
  let scene: Scene;
  before(async () => {
    scene = await setScene();
  });
  after(() => scene?.close());

  it('has six endings in this test', () => {
    expect(Object.keys(ENDINGS)).to.have.length(6);
  });

  for (const [name, end] of Object.entries(ENDINGS)) {
    it(`is not valid after ${name}`, async () => {
      const person = await scene.person();
      const { accountId, email } = person;
      const { authentication, connected } = scene;
      const signedIn = await authentication.signIn({
        identifier: email,
        password: PASSWORD,
        deviceId: BROWSER,
        ip: IP,
      });
      if (signedIn.status !== 'signed_in') throw new Error('the person could not sign in');
      const value = randomEmail();
      const added = await connected.vault.addAttribute({ accountId, claim: 'email', value });
      const attribute = { accountId, attributeId: added.id };
      await authentication.requestAttributeCode({ ...attribute, ...request });
      const [addressCode, addressLink] = [await scene.codeOf(value), await scene.linkOf(value)];
      const interactionUid = 'interaction';
      const reset = await authentication.startPasswordReset({
        ...request,
        identifier: email,
        interactionUid,
      });
      const [resetCode, resetLink] = [await scene.codeOf(email), await scene.linkOf(email)];

      await end(scene, person);

      const account = await connected.accounts.find(accountId);
      if (account === null) throw new Error('the account is gone');
      expect(account.status).to.equal('active');
      // An unfinished sign-in: `oidc/authorization/pending-proof.ts` checks this before it creates a session.
      expect(isProofCurrent(account, signedIn.generation), 'a sign-in').to.equal(false);
      const refusals: Record<string, string> = {};
      const refused = async (what: string, work: Promise<unknown>): Promise<void> => {
        refusals[what] = (await failureOf(work)).code;
      };
      await refused(
        'link',
        authentication.confirmLink({ ...request, link: addressLink, accountId }),
      );
      await refused(
        'code',
        authentication.confirmAttribute({ ...attribute, ...request, code: addressCode }),
      );
      const newPassword = 'nine quiet otters read the tide table';
      const { resetId } = reset;
      await refused(
        'reset link',
        authentication.finishPasswordReset({ ...request, newPassword, link: resetLink }),
      );
      await refused(
        'reset code',
        authentication.finishPasswordReset({ ...request, newPassword, resetId, code: resetCode }),
      );
      // The browser is no longer known, so it is locked like any other.
      for (let turn = 0; turn < 10; turn += 1) {
        await failureOf(
          authentication.signIn({ identifier: email, password: 'x', deviceId: null, ip: IP }),
        );
      }
      await refused(
        'known browser',
        authentication.signIn({ identifier: email, password: 'x', deviceId: BROWSER, ip: IP }),
      );
      expect(refusals).to.deep.equal({
        link: 'link_expired',
        code: 'code_expired',
        'reset link': 'code_expired',
        'reset code': 'code_expired',
        'known browser': 'sign_in_locked',
      });
    });
  }

  it('mails the owner when a browser signs in that was known before', async () => {
    const person = await scene.person();
    const signIn = (deviceId: string) =>
      scene.authentication.signIn({
        identifier: person.email,
        password: PASSWORD,
        deviceId,
        ip: IP,
      });
    await signIn('first');
    await signIn('second');
    await scene.connected.accounts.signOutEverywhere({ accountId: person.accountId });
    const before = (await scene.mailsTo(person.email)).length;
    await signIn('second');
    await signIn('second');
    const later = (await scene.mailsTo(person.email)).slice(before);
    expect(later.map(({ template }) => template)).to.deep.equal(['new-device']);
  });

  it('includes the ticket that restores a deleted account, which works in one browser', async () => {
    const person = await scene.person();
    const { accountId, email: identifier } = person;
    await scene.connected.deletions.delete({ accountId, locale: 'en' });
    const offer = async () => {
      const input = { identifier, password: PASSWORD, deviceId: BROWSER, ip: IP };
      const result = await scene.authentication.signIn(input);
      if (result.status !== 'deleted') throw new Error('nothing was offered');
      return result.ticket;
    };
    const restore = (ticket: string, deviceId: string | null) =>
      scene.authentication.restoreAccount({ ticket, deviceId });
    const old = await offer();
    for (const elsewhere of ['another browser', null]) {
      expect((await failureOf(restore(old, elsewhere))).code).to.equal('restore_ticket_expired');
    }
    await cutOff(scene.connected, accountId);
    expect((await failureOf(restore(old, BROWSER))).code).to.equal('restore_ticket_expired');
    expect((await restore(await offer(), BROWSER)).accountId).to.equal(accountId);
  });
});
