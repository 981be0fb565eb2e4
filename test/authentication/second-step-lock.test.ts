import { expect } from 'chai';

import { sql } from '../../src/platform/postgres/sql.ts';
import { failureOf } from '../support/failure.ts';
import { IP, NEW_PASSWORD, type Scene, setScene } from './scene.ts';
import {
  DEVICE,
  firstStep,
  secure,
  type SecuredPerson,
  totpCode,
  wrongTotpCode,
} from './second-step-scene.ts';

const ATTACKER = 'the browser of an attacker who knows the password';
const LONGEST_PAUSE_SECONDS = 21_600;

describe('The lock of the second step after wrong codes', () => {
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

  const ticketIn = (deviceId: string) => firstStep(scene.authentication, person, deviceId);
  const enter = (visit: { readonly ticket: string; readonly deviceId: string }, code: string) =>
    scene.authentication.completeSecondStep({ ...visit, ip: IP, method: 'totp', code });
  const now = () => totpCode(person.secret, scene.clock.now());
  const wrong = () => wrongTotpCode(person.secret, scene.clock.now());
  const codeOf = async (work: Promise<unknown>) => (await failureOf(work)).code;

  /** Wrong codes until the attacker has to wait. */
  async function attack(): Promise<void> {
    const visit = { ticket: await ticketIn(ATTACKER), deviceId: ATTACKER };
    for (let tries = 0; tries < 5; tries += 1)
      expect(await codeOf(enter(visit, wrong()))).to.equal('code_wrong');
    expect(await codeOf(enter(visit, now()))).to.equal('second_step_locked');
  }
  /** The counters of the account stand at this number, from wrong codes of weeks. */
  const setFailures = (consecutive: number) =>
    scene.connected.db.execute(sql`update sign_in_failures set consecutive = ${consecutive}`);
  async function resetPassword(): Promise<void> {
    const { authentication } = scene;
    const here = { deviceId: DEVICE, ip: IP, locale: 'en' };
    const { resetId } = await authentication.startPasswordReset({
      ...here,
      identifier: person.email,
    });
    const code = await scene.codeOf(person.email);
    const newPassword = NEW_PASSWORD;
    await authentication.finishPasswordReset({ ...here, resetId, code, newPassword });
    person = { ...person, password: NEW_PASSWORD };
  }

  it('does not keep the owner out of a browser in which both steps were done (B-02)', async () => {
    scene.clock.advance(30);
    await enter({ ticket: await ticketIn(DEVICE), deviceId: DEVICE }, now());
    await attack();
    scene.clock.advance(30);
    const visit = { ticket: await ticketIn(DEVICE), deviceId: DEVICE };
    expect(await enter(visit, now())).to.include({ status: 'signed_in' });
    // The attacker gains no attempts by that.
    const again = { ticket: await ticketIn(ATTACKER), deviceId: ATTACKER };
    expect(await codeOf(enter(again, wrong()))).to.equal('second_step_locked');
  });

  it('holds in a browser that is only known from before the second step', async () => {
    const { authentication, clock } = scene;
    const late = await scene.person();
    const entered = { identifier: late.email, password: late.password, deviceId: ATTACKER, ip: IP };
    await authentication.signIn(entered);
    clock.advance(30);
    person = await secure(scene, late);
    await attack();
    const visit = { ticket: await ticketIn(DEVICE), deviceId: DEVICE };
    expect(await codeOf(enter(visit, now()))).to.equal('second_step_locked');
  });

  it('ends in no browser without a new password after a hundred wrong codes, and then after the longest pause (B-01, B-02)', async () => {
    await attack();
    await setFailures(99);
    scene.clock.advance(60);
    expect(await codeOf(enter({ ticket: await ticketIn(DEVICE), deviceId: DEVICE }, wrong())))
      .to //
      .equal('code_wrong');
    scene.clock.advance(365 * 86_400);
    const locked = { ticket: await ticketIn(DEVICE), deviceId: DEVICE };
    expect(await codeOf(enter(locked, now()))).to.equal('second_step_locked');
    await resetPassword();
    const early = { ticket: await ticketIn(DEVICE), deviceId: DEVICE };
    expect(await codeOf(enter(early, now()))).to.equal('second_step_locked');
    scene.clock.advance(LONGEST_PAUSE_SECONDS + 1);
    const visit = { ticket: await ticketIn(DEVICE), deviceId: DEVICE };
    expect(await enter(visit, now())).to.include({ status: 'signed_in' });
  });

  it('does not become shorter by a new password: a mailbox alone gives no more guesses (B-04)', async () => {
    await attack();
    await resetPassword();
    const visit = { ticket: await ticketIn(DEVICE), deviceId: DEVICE };
    expect(await codeOf(enter(visit, now()))).to.equal('second_step_locked');
  });

  it('keeps a secret that is in use hidden, also from the browser that was shown it before (M-01)', async () => {
    const { authentication, clock } = scene;
    const { accountId } = await scene.person();
    const { secret, ticket } = await authentication.startTotp({ accountId });
    await authentication.confirmTotp({ accountId, ticket, code: totpCode(secret, clock.now()) });
    const shown = authentication.describeTotp({ accountId, ticket });
    expect(await codeOf(shown)).to.equal('authenticator_exists');
  });

  it('ends a first step whose account cannot be restored any more', async () => {
    const { authentication, connected, clock } = scene;
    const { accountId } = person;
    const { purgeAt } = await connected.deletions.delete({ accountId, locale: 'en' });
    clock.advance((purgeAt.getTime() - clock.now().getTime()) / 1_000 - 60);
    const ticket = await firstStep(authentication, person);
    clock.advance(61);
    const visit = { ticket, deviceId: DEVICE };
    expect(await codeOf(enter(visit, now()))).to.equal('second_step_expired');
  });
});
