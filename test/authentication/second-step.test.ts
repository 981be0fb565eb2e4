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

const HERE = { deviceId: DEVICE, ip: IP } as const;

describe('The second step of a sign-in', () => {
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

  const now = () => totpCode(person.secret, scene.clock.now());
  const enter = (ticket: string, code: string, node = scene.authentication) =>
    node.completeSecondStep({ ...HERE, ticket, method: 'totp', code });
  const recover = (ticket: string, code: string, node = scene.authentication) =>
    node.completeSecondStep({ ...HERE, ticket, method: 'recovery_code', code });
  const codeOf = async (work: Promise<unknown>) => (await failureOf(work)).code;
  const mails = async () => (await scene.mailsTo(person.email)).map(({ template }) => template);

  it('is needed after the right password and completes the sign-in with both methods', async () => {
    const ticket = await firstStep(scene.authentication, person);
    const outcome = await enter(ticket, now());
    expect(outcome).to.deep.include({
      status: 'signed_in',
      accountId: person.accountId,
      amr: ['pwd', 'otp', 'mfa'],
    });
  });

  it('is needed after a code from a mail', async () => {
    const { authentication } = scene;
    const asked = { identifier: person.email, locale: 'en', ...HERE };
    const { registrationId } = await authentication.requestSignInCode(asked);
    const code = await scene.codeOf(person.email);
    const first = await authentication.confirmRegistration({ ...HERE, registrationId, code });
    expect(first.status).to.equal('second_step_needed');
    const ticket = first.status === 'second_step_needed' ? first.ticket : '';
    expect(await enter(ticket, now())).to.deep.include({ amr: ['otp', 'mca'] });
  });

  it('does not record the sign-in or the browser before it is complete (M-03)', async () => {
    await firstStep(scene.authentication, person);
    const { db } = scene.connected;
    const count = async () => {
      const rows = await db.query<{ devices: number; events: number }>(sql`select
          (select count(*)::int from known_devices where account_id = ${person.accountId}) as devices,
          (select count(*)::int from audit_events
            where account_id = ${person.accountId} and kind = 'sign_in.succeeded') as events`);
      return rows[0];
    };
    expect(await count()).to.deep.equal({ devices: 0, events: 0 });
    await enter(await firstStep(scene.authentication, person), now());
    expect(await count()).to.deep.equal({ devices: 1, events: 1 });
  });

  it('accepts a code once, at any node and for any ticket (M-01)', async () => {
    const code = now();
    const other = scene.anotherNode();
    const [first, second, third] = [
      await firstStep(scene.authentication, person),
      await firstStep(scene.authentication, person),
      await firstStep(other, person),
    ];
    await enter(first, code);
    expect(await codeOf(enter(first, code))).to.equal('code_wrong');
    expect(await codeOf(enter(second, code))).to.equal('code_wrong');
    expect(await codeOf(enter(third, code, other))).to.equal('code_wrong');
  });

  it('refuses the code of two steps ago, and the one before after a later one (M-01)', async () => {
    const before = totpCode(person.secret, new Date(scene.clock.now().getTime() - 60_000));
    expect(await codeOf(enter(await firstStep(scene.authentication, person), before))).to.equal(
      'code_wrong',
    );
    const previous = now();
    scene.clock.advance(30);
    await enter(await firstStep(scene.authentication, person), now());
    expect(await codeOf(enter(await firstStep(scene.authentication, person), previous))).to.equal(
      'code_wrong',
    );
  });

  it('succeeds once when one code arrives nine times at once at two nodes (M-01)', async () => {
    const nodes = [scene.authentication, scene.anotherNode()];
    const tickets = await Promise.all(
      Array.from({ length: 9 }, () => firstStep(scene.authentication, person)),
    );
    const tries = tickets.map((ticket, index) => enter(ticket, now(), nodes[index % 2]));
    const results = await Promise.allSettled(tries);
    expect(results.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
  });

  it('pauses after wrong codes, for all tickets and nodes, and lets ten of fifty concurrent ones be checked', async () => {
    const wrong = wrongTotpCode(person.secret, scene.clock.now());
    const ticket = await firstStep(scene.authentication, person);
    const other = scene.anotherNode();
    const tries = Array.from({ length: 50 }, (_, index) =>
      codeOf(enter(ticket, wrong, index % 2 === 0 ? scene.authentication : other)),
    );
    const codes = await Promise.all(tries);
    expect(codes.filter((code) => code === 'code_wrong')).to.have.length.at.most(10);
    expect(codes.filter((code) => code === 'second_step_locked')).to.have.length.at.least(40);
    const locked = await failureOf(enter(await firstStep(other, person), now(), other));
    expect(locked.code).to.equal('second_step_locked');
    expect(locked.retryAfterSeconds).to.be.greaterThan(60);
    expect(await mails()).to.include('second-step-failed');
    // Recovery codes are counted apart.
    expect(await recover(ticket, person.recoveryCodes[0] ?? '')).to.include({
      status: 'signed_in',
    });
  });

  it('allows at most 16 guesses on the first day (B-04)', async () => {
    let guesses = 0;
    const end = scene.clock.now().getTime() + 86_400_000;
    while (scene.clock.now().getTime() < end) {
      const guess = wrongTotpCode(person.secret, scene.clock.now());
      // A right password without the second step counts as well.
      const attempt = firstStep(scene.authentication, person).then((ticket) =>
        enter(ticket, guess),
      );
      const failure = await failureOf(attempt);
      if (failure.code === 'code_wrong') guesses += 1;
      else scene.clock.advance(failure.retryAfterSeconds ?? 1);
    }
    expect(guesses).to.be.within(10, 16);
  });

  it('ends with its ticket: after ten minutes, in another browser, and after a new password', async () => {
    const ticket = await firstStep(scene.authentication, person);
    const elsewhere = { ticket, method: 'totp', code: now(), ip: IP } as const;
    for (const deviceId of [null, 'another browser'])
      expect(
        await codeOf(scene.authentication.completeSecondStep({ ...elsewhere, deviceId })),
      ).to.equal('second_step_expired');
    expect(await codeOf(enter(`${ticket.slice(0, -4)}AAAA`, now()))).to.equal(
      'second_step_expired',
    );
    await scene.authentication.changePassword({
      accountId: person.accountId,
      currentPassword: person.password,
      newPassword: NEW_PASSWORD,
      keepSessionUid: null,
      locale: 'en',
    });
    expect(await codeOf(enter(ticket, now()))).to.equal('second_step_expired');
    const changed = { ...person, password: NEW_PASSWORD };
    const late = await firstStep(scene.authentication, changed);
    scene.clock.advance(601);
    expect(await codeOf(enter(late, now()))).to.equal('second_step_expired');
  });

  it('is not skipped by a password reset', async () => {
    const { authentication } = scene;
    const { resetId } = await authentication.startPasswordReset({
      identifier: person.email,
      locale: 'en',
      ...HERE,
    });
    const code = await scene.codeOf(person.email);
    await authentication.finishPasswordReset({
      ...HERE,
      resetId,
      code,
      newPassword: NEW_PASSWORD,
      locale: 'en',
    });
    const outcome = await firstStep(authentication, { ...person, password: NEW_PASSWORD });
    expect(outcome).to.be.a('string');
  });

  describe('by a recovery code', () => {
    it('works once for each code, however it is typed, and mails a notice (M-02)', async () => {
      const [code = ''] = person.recoveryCodes;
      const typed = ` ${code.toUpperCase().replaceAll('-', ' ')} `;
      await recover(await firstStep(scene.authentication, person), typed);
      expect(await mails()).to.include('recovery-code-used');
      const again = await firstStep(scene.authentication, person);
      expect(await codeOf(recover(again, code))).to.equal('code_wrong');
      const { accountId } = person;
      const factors = await scene.authentication.listSecondFactors({ accountId });
      expect(factors.unusedRecoveryCodes).to.equal(9);
    });

    it('works once under eight concurrent tries at two nodes (M-02)', async () => {
      const [code = ''] = person.recoveryCodes;
      const nodes = [scene.authentication, scene.anotherNode()];
      const ticket = await firstStep(scene.authentication, person);
      const tries = Array.from({ length: 8 }, (_, index) =>
        recover(ticket, code, nodes[index % 2]),
      );
      const results = await Promise.allSettled(tries);
      expect(results.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
    });

    it('does not work after new codes were made, nor for another account (M-02)', async () => {
      const [code = ''] = person.recoveryCodes;
      const stranger = await secure(scene, await scene.person());
      const foreign = await firstStep(scene.authentication, stranger);
      expect(await codeOf(recover(foreign, code))).to.equal('code_wrong');
      const { accountId } = person;
      const [renewed = ''] = await scene.authentication.replaceRecoveryCodes({ accountId });
      const ticket = await firstStep(scene.authentication, person);
      expect(await codeOf(recover(ticket, code))).to.equal('code_wrong');
      expect(await recover(ticket, renewed)).to.include({ status: 'signed_in' });
    });
  });

  describe('in a trusted browser', () => {
    const trust = async () =>
      scene.authentication.completeSecondStep({
        ...HERE,
        ticket: await firstStep(scene.authentication, person),
        method: 'totp',
        code: now(),
        trust: 'browser',
      });
    const signIn = (who = person, deviceId: string | null = DEVICE, required?: 'every_step') =>
      scene.authentication.signIn({
        identifier: who.email,
        password: who.password,
        deviceId,
        ip: IP,
        ...(required && { required }),
      });

    it('is not needed for thirty days, and is one factor then', async () => {
      await trust();
      scene.clock.advance(29 * 86_400);
      expect(await signIn()).to.deep.include({ status: 'signed_in', amr: ['pwd'] });
      scene.clock.advance(86_401);
      expect((await signIn()).status).to.equal('second_step_needed');
    });

    it('is needed in every other browser, for every other account, and when every step is required (M-03)', async () => {
      await trust();
      const other = await secure(scene, await scene.person());
      expect((await signIn(person, 'another browser')).status).to.equal('second_step_needed');
      expect((await signIn(person, null)).status).to.equal('second_step_needed');
      expect((await signIn(other)).status).to.equal('second_step_needed');
      expect((await signIn(person, DEVICE, 'every_step')).status).to.equal('second_step_needed');
    });

    it('stays open while a person who has the password is kept out by wrong codes and passwords (B-02)', async () => {
      await trust();
      const ticket = await firstStep(scene.authentication, person, 'a stranger');
      const guess = (code: string) =>
        codeOf(
          scene.authentication.completeSecondStep({
            ...HERE,
            ticket,
            method: 'totp',
            code,
            deviceId: 'a stranger',
          }),
        );
      const wrong = wrongTotpCode(person.secret, scene.clock.now());
      const codes: unknown[] = [];
      for (let turn = 0; turn < 6; turn += 1) codes.push(await guess(wrong));
      expect(codes.at(-1)).to.equal('second_step_locked');
      for (let turn = 0; turn < 6; turn += 1)
        await codeOf(signIn({ ...person, password: 'wrong' }, 'a stranger'));
      expect(await codeOf(signIn(person, 'a stranger'))).to.equal('sign_in_locked');
      expect((await signIn()).status).to.equal('signed_in');
    });

    it('is needed again after a sign-out everywhere and after the trust was ended', async () => {
      const { accountId } = person;
      await trust();
      await scene.authentication.endBrowserTrust({ accountId });
      expect((await signIn()).status).to.equal('second_step_needed');
      scene.clock.advance(30);
      await trust();
      await scene.connected.accounts.signOutEverywhere({ accountId });
      expect((await signIn()).status).to.equal('second_step_needed');
      // A sign-in that makes the browser known again does not bring the trust back.
      scene.clock.advance(30);
      await enter(await firstStep(scene.authentication, person), now());
      expect((await signIn()).status).to.equal('second_step_needed');
    });
  });
});
