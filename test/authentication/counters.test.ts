import { createHash } from 'node:crypto';

import { expect } from 'chai';

import { failureOf } from '../support/failure.ts';
import { createPerson, PASSWORD } from '../support/people/people.ts';
import { IP, nextNumber, otherThan, randomEmail, type Scene, setScene, signedIn } from './scene.ts';

const KNOWN = 'a browser the person has signed in with';
const NEW = 'a new browser of the person';
const STRANGE = 'the browser of a stranger';

describe('counters that people who are not signed in can raise', () => {
  let scene: Scene;
  beforeEach(async () => {
    scene = await setScene();
  });
  afterEach(() => scene?.close());

  const signIn = (identifier: string, password: string, deviceId: string | null = null) =>
    scene.authentication.signIn({ identifier, password, deviceId, ip: IP });
  const askCode = (identifier: string, deviceId: string) =>
    scene.authentication.requestSignInCode({
      identifier,
      locale: 'en',
      ip: IP,
      deviceId,
      interactionUid: 'interaction',
    });
  const enter = (registrationId: string, code: string, deviceId: string) =>
    signedIn(scene.authentication.confirmRegistration({ registrationId, code, ip: IP, deviceId }));
  const withoutPassword = async (): Promise<string> => {
    const email = randomEmail();
    const { registrationId } = await askCode(email, KNOWN);
    await enter(registrationId, await scene.codeOf(email), KNOWN);
    scene.clock.advance(61);
    return email;
  };
  /** Enters wrong codes until no code is checked. */
  const lock = async (address: string): Promise<void> => {
    for (let flow = 0; flow < 4; flow += 1) {
      const { registrationId } = await askCode(address, STRANGE);
      const wrong = otherThan(await scene.codeOf(address));
      for (let turn = 0; turn < 3; turn += 1) {
        await failureOf(enter(registrationId, wrong, STRANGE));
      }
      scene.clock.advance(61);
    }
  };

  it('do not reveal that two names belong to the same person', async () => {
    const phone = nextNumber();
    const person = await createPerson(scene.connected, {
      email: randomEmail(),
      values: { phone_number: [phone] },
    });
    for (let turn = 0; turn < 11; turn += 1) {
      await failureOf(signIn(person.email, 'wrong'));
      scene.clock.advance(turn < 10 ? 901 : 0);
    }
    const tried = await failureOf(signIn(person.email, 'wrong'));
    expect(tried.code).to.equal('sign_in_locked');
    const seen = [];
    for (const name of [phone, nextNumber()]) {
      const before = scene.counts.hashes;
      const { kind, code, message } = await failureOf(signIn(name, 'wrong'));
      seen.push({ kind, code, message, hashes: scene.counts.hashes - before });
    }
    expect(seen[0]).to.deep.equal(seen[1]);
    expect(seen[0]?.code).to.equal('sign_in_failed');
    // The count of the account is effective nevertheless: the right password is refused.
    expect((await failureOf(signIn(phone, PASSWORD))).code).to.equal('sign_in_failed');
    scene.clock.advance(901);
    expect((await signIn(phone, PASSWORD)).status).to.equal('signed_in');
  });

  it('do not prevent a signed-in person from changing the password', async () => {
    const person = await scene.person();
    for (let turn = 0; turn < 11; turn += 1) await failureOf(signIn(person.email, 'wrong'));
    await scene.authentication.changePassword({
      accountId: person.accountId,
      currentPassword: PASSWORD,
      newPassword: 'a different set of quiet words',
      keepSessionUid: null,
      locale: 'en',
    });
  });

  it('permit a sign-in with a trusted browser or with the mailed link', async () => {
    const email = await withoutPassword();
    await lock(email);
    // The messages of the stranger are an hour ago, the wrong codes still count.
    scene.clock.advance(3_500);
    const there = await askCode(email, NEW);
    const code = await scene.codeOf(email);
    const locked = await failureOf(enter(there.registrationId, code, NEW));
    expect(locked).to.include({ kind: 'too_many', code: 'code_locked', retryAfterSeconds: 3_600 });
    const link = await scene.linkOf(email);
    expect(
      (await failureOf(scene.authentication.signInByLink({ link, ip: IP, deviceId: STRANGE })))
        .code,
    ).to.equal('code_expired');
    const byLink = await signedIn(
      scene.authentication.signInByLink({ link, ip: IP, deviceId: NEW }),
    );
    expect(byLink.amr).to.deep.equal(['otp']);

    const { registrationId } = await askCode(email, KNOWN);
    const right = await scene.codeOf(email);
    const wrong = await failureOf(enter(registrationId, otherThan(right), KNOWN));
    expect(wrong.code).to.equal('code_wrong');
    const byCode = await enter(registrationId, right, KNOWN);
    expect(byCode.accountId).to.equal(byLink.accountId);
  });

  it('lock an address without an account in the same way', async () => {
    const email = randomEmail();
    await lock(email);
    const { registrationId } = await askCode(email, NEW);
    const locked = await failureOf(enter(registrationId, '000000', NEW));
    expect(locked).to.include({ kind: 'too_many', code: 'code_locked', retryAfterSeconds: 3_600 });
  });

  it('accept a code only in the browser that requested it', async () => {
    const email = await withoutPassword();
    const { registrationId } = await askCode(email, NEW);
    const code = await scene.codeOf(email);
    for (const elsewhere of [STRANGE, KNOWN]) {
      expect((await failureOf(enter(registrationId, code, elsewhere))).code).to.equal(
        'code_expired',
      );
    }
    expect((await enter(registrationId, code, NEW)).amr).to.deep.equal(['otp']);
  });

  it('permit five messages an hour and fifteen a day to one address, of all kinds together', async () => {
    const email = await withoutPassword();
    const unknown = randomEmail();
    const requested = async (address: string) => {
      const mails = await scene.mailsTo(address);
      return mails.filter(({ template }) => template !== 'welcome').length;
    };
    const request = { locale: 'en', ip: IP, deviceId: STRANGE };
    const kinds = [
      (identifier: string) => askCode(identifier, STRANGE),
      (identifier: string) => scene.authentication.startPasswordReset({ ...request, identifier }),
      (identifier: string) =>
        scene.authentication.register({ ...request, email: identifier, password: PASSWORD }),
    ];
    const answers: unknown[] = [];
    const sent: { known: number; unknown: number }[] = [];
    for (let hour = 0; hour < 4; hour += 1) {
      for (let turn = 0; turn < 2; turn += 1) {
        for (const send of kinds) {
          const seen = [];
          for (const identifier of [email, unknown]) {
            const queued = await scene.queued();
            seen.push({
              keys: Object.keys(await send(identifier)).length,
              queued: (await scene.queued()) - queued,
            });
          }
          answers.push(seen[0]);
          expect(seen[0]).to.deep.equal(seen[1]);
        }
        scene.clock.advance(61);
      }
      sent.push({ known: await requested(email), unknown: await requested(unknown) });
      scene.clock.advance(3_600);
    }
    expect(answers).to.have.length(24);
    expect(sent).to.deep.equal([5, 10, 15, 15].map((count) => ({ known: count, unknown: count })));
    // Only the proof of the address caused another message, once.
    expect((await scene.mailsTo(email)).length).to.equal(15 + 1);
    expect((await scene.mailsTo(unknown)).length).to.equal(15);

    // The person's own browser has a budget of its own.
    await askCode(email, KNOWN);
    expect(await requested(email)).to.equal(16);

    const rows = await scene.connected.db.query<{ row: string }>({
      name: 'test-address-messages',
      text: 'select m::text as row from address_messages m',
    });
    expect(rows.length).to.be.greaterThan(15);
    const guess = createHash('sha256').update(email).digest('hex');
    for (const { row } of rows) expect(row).to.not.include(guess);
  });

  it('refuse to add an address that got too many messages', async () => {
    const person = await scene.person();
    const { accountId } = person;
    const value = nextNumber();
    const { id: attributeId } = await scene.connected.vault.addAttribute({
      accountId,
      claim: 'phone_number',
      value,
    });
    const request = () =>
      scene.authentication.requestAttributeCode({ accountId, attributeId, locale: 'en', ip: IP });
    for (let turn = 0; turn < 5; turn += 1) {
      await request();
      scene.clock.advance(61);
    }
    const refused = await failureOf(request());
    expect(refused).to.include({ kind: 'too_many', code: 'too_many_messages' });
    expect(await scene.smsTo(value)).to.have.length(5);
  });

  it('count each of fifty concurrent attempts on two nodes', async () => {
    const email = randomEmail();
    const flows: { readonly registrationId: string }[] = [];
    for (let flow = 0; flow < 4; flow += 1) {
      flows.push(await askCode(email, STRANGE));
      scene.clock.advance(61);
    }
    const other = scene.anotherNode();
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, async (_, turn) => {
        const node = turn % 2 === 0 ? scene.authentication : other;
        const { registrationId = '' } = flows[turn % flows.length] ?? {};
        const guess = { registrationId, code: '1234567', ip: IP, deviceId: STRANGE };
        return (await failureOf(node.confirmRegistration(guess))).code;
      }),
    );
    const [counted] = await scene.connected.db.query<{ guesses: number }>({
      name: 'test-counted-guesses',
      text: 'select sum(untrusted_guesses)::int as guesses from one_time_codes',
    });
    expect(counted?.guesses).to.equal(10);
    expect(outcomes.filter((code) => code === 'code_locked').length).to.be.greaterThan(0);
    expect(outcomes).to.have.length(50);
  });
});
