import { expect } from 'chai';

import type { SecondFactors } from '../../src/authentication/second-factors/list-second-factors.ts';
import { failureOf } from '../support/failure.ts';
import type { TestPerson } from '../support/people/people.ts';
import type { DeviceChanges, PasskeyDevice } from './passkey-device.ts';
import { addPasskey, HERE, startSignIn } from './passkey-scene.ts';
import { type Scene, setScene } from './scene.ts';
import { DEVICE, firstStep, secure } from './second-step-scene.ts';

describe('A passkey as the second step', () => {
  let scene: Scene;
  let person: TestPerson;
  let device: PasskeyDevice;
  let passkeyId: string;
  before(async () => {
    scene = await setScene();
  });
  beforeEach(async () => {
    scene.clock.advance(300);
    person = await scene.person();
    const added = await addPasskey(scene, person);
    device = added.device;
    passkeyId = added.passkey.id;
  });
  after(() => scene.close());

  const own = () => ({ accountId: person.accountId });
  const require = () => scene.authentication.requireSecondStep(own());
  const factors = (): Promise<SecondFactors> => scene.authentication.listSecondFactors(own());
  const codeOf = async (work: Promise<unknown>) => (await failureOf(work)).code;
  const passwordAlone = async () => {
    const { email: identifier, password } = person;
    return scene.authentication.signIn({ ...HERE, identifier, password });
  };
  /** The second step with an answer of this device, to a request that was made for the first step. */
  async function step(ticket: string, from: PasskeyDevice = device, changes: DeviceChanges = {}) {
    const { authentication } = scene;
    const request = await authentication.startPasskeyStep({ ticket, deviceId: DEVICE });
    const answer = from.get(request, changes);
    const given = { ...HERE, ticket, challengeTicket: request.ticket, answer };
    return authentication.completePasskeyStep(given);
  }

  it('is not needed before the person requires it, and then gives recovery codes', async () => {
    expect((await passwordAlone()).status).to.equal('signed_in');
    const codes = await require();
    expect(codes).to.have.length(10);
    expect((await passwordAlone()).status).to.equal('second_step_needed');
    const ticket = await firstStep(scene.authentication, person);
    const methods = await scene.authentication.describeSecondStep({ ticket, deviceId: DEVICE });
    expect(methods).to.deep.equal({ hasAuthenticator: false, hasPasskeys: true });
    const outcome = await step(ticket);
    expect(outcome).to.deep.include({ ...own(), amr: ['pwd', 'hwk', 'user', 'mfa'] });
    expect(await require()).to.equal(null);
  });

  it('names the passkeys of the account only after the first step (E-01)', async () => {
    await require();
    const ticket = await firstStep(scene.authentication, person);
    const { authentication } = scene;
    const { options } = await authentication.startPasskeyStep({ ticket, deviceId: DEVICE });
    expect(options.allowCredentials?.map(({ id }) => id)).to.deep.equal([device.credentialId]);
    const elsewhere = authentication.startPasskeyStep({ ticket, deviceId: 'another browser' });
    expect(await codeOf(elsewhere)).to.equal('second_step_expired');
  });

  it('refuses the passkey of another person, no verification and the challenge of a sign-in (M-03)', async () => {
    await require();
    const stranger = await addPasskey(scene, await scene.person());
    const ticket = await firstStep(scene.authentication, person);
    expect(await codeOf(step(ticket, stranger.device))).to.equal('passkey_refused');
    expect(await codeOf(step(ticket, device, { isVerified: false }))).to.equal('passkey_refused');
    const request = await startSignIn(scene.authentication);
    const answer = device.get(request);
    const mixed = { ...HERE, ticket, challengeTicket: request.ticket, answer };
    expect(await codeOf(scene.authentication.completePasskeyStep(mixed))).to.equal(
      'passkey_expired',
    );
    // Without an owner in the answer: the first step named the account.
    expect((await step(ticket, device, { userHandle: null })).status).to.equal('signed_in');
  });

  it('is required until the last second factor is removed (M-03)', async () => {
    await require();
    await secure(scene, person);
    const { authentication } = scene;
    await authentication.removeTotp(own());
    expect((await factors()).since).not.to.equal(null);
    expect((await passwordAlone()).status).to.equal('second_step_needed');
    await authentication.removePasskey({ ...own(), passkeyId });
    expect(await factors()).to.deep.include({
      since: null,
      isRequired: false,
      unusedRecoveryCodes: 0,
    });
    expect((await passwordAlone()).status).to.equal('signed_in');
    // A later passkey does not bring it back.
    await addPasskey(scene, person);
    expect((await passwordAlone()).status).to.equal('signed_in');
    expect(await codeOf(authentication.requireSecondStep(await scene.person()))).to.equal(
      'passkey_missing',
    );
  });

  it('keeps the authenticator app when it is no longer required', async () => {
    await require();
    await secure(scene, person);
    await scene.authentication.stopRequiringSecondStep(own());
    expect(await factors()).to.deep.include({ isRequired: false, unusedRecoveryCodes: 10 });
    expect((await passwordAlone()).status).to.equal('second_step_needed');
  });

  it('ends once when the app and the passkey are removed at the same moment (M-03)', async () => {
    await require();
    await secure(scene, person);
    const { authentication } = scene;
    const other = scene.anotherNode();
    await Promise.all([
      authentication.removeTotp(own()),
      other.removePasskey({ ...own(), passkeyId }),
    ]);
    expect(await factors()).to.deep.include({ since: null, authenticator: null });
  });
});
