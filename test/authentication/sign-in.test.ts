import { randomUUID } from 'node:crypto';

import { expect } from 'chai';

import { failureOf } from '../support/failure.ts';
import { PASSWORD } from '../support/people/people.ts';
import { IP, randomEmail, type Scene, setScene } from './scene.ts';
import { recordAttempts } from './record-attempts.ts';

// The passwords of the owner and of an unconfirmed registration of the same address.
const HASHES_PER_WRONG_PASSWORD = 2;

describe('sign-in by e-mail and password', () => {
  let scene: Scene;
  before(async () => {
    scene = await setScene();
  });
  after(() => scene.close());

  const signIn = (email: string, password: string, deviceId: string | null = null) =>
    scene.authentication.signIn({ identifier: email, password, deviceId, ip: IP });
  const fail = async (email: string, times: number, deviceId: string | null = null) => {
    for (let count = 0; count < times; count += 1) {
      await failureOf(signIn(email, 'wrong', deviceId));
      scene.clock.advance(901);
    }
  };

  it('authenticates the person, independent of upper and lower case', async () => {
    const person = await scene.person();
    const result = await signIn(` ${person.email.toUpperCase()} `, PASSWORD);
    expect(result).to.deep.equal({
      status: 'signed_in',
      accountId: person.accountId,
      amr: ['pwd'],
      generation: 0,
    });
  });

  it('answers alike for a wrong password, an unknown address, no address and a blocked account', async () => {
    const known = await scene.person();
    const blocked = await scene.person();
    const { db, accounts } = scene.connected;
    await db.transaction((tx) =>
      accounts.setStatus(tx, { accountId: blocked.accountId, status: 'blocked', reason: 'abuse' }),
    );
    const failures = [
      await failureOf(signIn(known.email, 'not the password at all')),
      await failureOf(signIn(randomEmail(), PASSWORD)),
      await failureOf(signIn('not an address', PASSWORD)),
      await failureOf(signIn(blocked.email, PASSWORD)),
      await failureOf(signIn(known.email, 'x'.repeat(1_000_000))),
    ];
    for (const { kind, code, fields, retryAfterSeconds, message } of failures) {
      expect({ kind, code, fields, retryAfterSeconds, message }).to.deep.equal({
        kind: 'unauthenticated',
        code: 'sign_in_failed',
        fields: undefined,
        retryAfterSeconds: undefined,
        message: 'sign_in_failed',
      });
    }
  });

  it('does two hashes for a wrong password, of a known and of an unknown address', async () => {
    const person = await scene.person();
    for (const email of [person.email, randomEmail()]) {
      const before = scene.counts.hashes;
      await failureOf(signIn(email, 'wrong'));
      expect(scene.counts.hashes - before).to.equal(HASHES_PER_WRONG_PASSWORD);
    }
  });

  it('sends the same statements for an unknown address as for a known one', async () => {
    const [ana, bob] = [await scene.person(), await scene.person()];
    // Reads the shares of the password schemes, which are kept for a while.
    await failureOf(signIn(randomEmail(), 'wrong'));
    // After this the node has a copy of her account, and of his not.
    await failureOf(signIn(ana.email, 'wrong'));
    const sentBy = recordAttempts(scene.connected.db);
    const sent: (readonly string[])[] = [];
    for (const email of [ana.email, randomEmail(), bob.email, randomEmail()]) {
      sent.push(await sentBy(() => signIn(email, 'wrong')));
    }
    expect(sent[0]).to.have.length.above(2);
    for (const one of sent) expect(one).to.deep.equal(sent[0]);
  });

  it('pauses after five wrong passwords, for twice as long each time, for unknown addresses alike', async () => {
    const person = await scene.person();
    for (const email of [person.email, randomEmail()]) {
      for (let count = 0; count < 5; count += 1) {
        expect((await failureOf(signIn(email, 'wrong'))).code).to.equal('sign_in_failed');
      }
      const locked = await failureOf(signIn(email, PASSWORD));
      expect([locked.kind, locked.code, locked.retryAfterSeconds]).to.deep.equal([
        'too_many',
        'sign_in_locked',
        1,
      ]);
      scene.clock.advance(1);
      await failureOf(signIn(email, 'wrong'));
      expect((await failureOf(signIn(email, PASSWORD))).retryAfterSeconds).to.equal(2);
      scene.clock.advance(2);
    }
    expect((await signIn(person.email, PASSWORD)).status).to.equal('signed_in');
  });

  it('resets the count after a completed sign-in', async () => {
    const person = await scene.person();
    for (let round = 0; round < 3; round += 1) {
      for (let count = 0; count < 4; count += 1) await failureOf(signIn(person.email, 'wrong'));
      expect((await signIn(person.email, PASSWORD)).status).to.equal('signed_in');
    }
  });

  it('checks at most ten of fifty simultaneous attempts', async () => {
    const person = await scene.person();
    const before = scene.counts.hashes;
    const guesses = Array.from({ length: 50 }, () => failureOf(signIn(person.email, 'wrong')));
    const codes = (await Promise.all(guesses)).map(({ code }) => code);
    expect((scene.counts.hashes - before) / HASHES_PER_WRONG_PASSWORD).to.be.at.most(10);
    expect(codes.filter((code) => code === 'sign_in_locked')).to.have.length.at.least(40);
  });

  it('permits a sign-in from a known device during a lock', async () => {
    const person = await scene.person();
    const deviceId = randomUUID();
    await signIn(person.email, PASSWORD, deviceId);
    await fail(person.email, 12);
    await failureOf(signIn(person.email, 'wrong'));
    expect((await failureOf(signIn(person.email, PASSWORD, randomUUID()))).code).to.equal(
      'sign_in_locked',
    );
    expect((await signIn(person.email, PASSWORD, deviceId)).status).to.equal('signed_in');
  });

  it('refuses every password after a hundred consecutive wrong ones, until it is reset', async () => {
    const person = await scene.person();
    await fail(person.email, 1);
    await scene.connected.db.query({
      name: 'test-ninety-nine-failures',
      text: 'update sign_in_failures set consecutive = 99',
    });
    await fail(person.email, 1);
    scene.clock.advance(86_400 * 365);
    // The account's own lock is silent; the pause of the typed name is over.
    expect((await failureOf(signIn(person.email, PASSWORD))).code).to.equal('sign_in_failed');
    const { resetId } = await scene.authentication.startPasswordReset({
      identifier: person.email,
      locale: 'en',
      ip: IP,
    });
    await scene.authentication.finishPasswordReset({
      resetId,
      code: await scene.codeOf(person.email),
      newPassword: 'a different set of quiet words',
      locale: 'en',
      ip: IP,
    });
    const result = await signIn(person.email, 'a different set of quiet words');
    expect(result.status).to.equal('signed_in');
  });

  it('mails the owner once after the tenth wrong password', async () => {
    const person = await scene.person();
    await fail(person.email, 12);
    const templates = (await scene.mailsTo(person.email)).map(({ template }) => template);
    expect(templates).to.deep.equal(['sign-in-paused']);
  });

  it('queues as much for an unknown address as for a known one', async () => {
    const person = await scene.person();
    const added: number[] = [];
    for (const email of [person.email, randomEmail()]) {
      const before = await scene.queued();
      await fail(email, 10);
      added.push((await scene.queued()) - before);
    }
    expect(added).to.deep.equal([1, 1]);
  });

  it('mails the owner about a further device, not about the first', async () => {
    const person = await scene.person();
    await signIn(person.email, PASSWORD, randomUUID());
    expect(await scene.mailsTo(person.email)).to.deep.equal([]);
    await signIn(person.email, PASSWORD, randomUUID());
    const templates = (await scene.mailsTo(person.email)).map(({ template }) => template);
    expect(templates).to.deep.equal(['new-device']);
  });

  it('renews a hash that was made with other parameters', async () => {
    const person = await scene.person();
    const { db } = scene.connected;
    const argon2 = await import('argon2');
    const old = await argon2.default.hash(PASSWORD, { memoryCost: 8_192, timeCost: 1 });
    const values = [person.accountId, old];
    await db.query({
      name: 'test-set-hash',
      text: 'update password_credentials set hash = $2 where account_id = $1',
      values,
    });
    await signIn(person.email, PASSWORD);
    const [row] = await db.query<{ hash: string }>({
      name: 'test-get-hash',
      text: 'select hash from password_credentials where account_id = $1',
      values: [person.accountId],
    });
    expect(row?.hash).to.match(/^\$argon2id\$v=19\$m=19456,(?:t=2,p=1|p=1,t=2)\$/);
    expect((await signIn(person.email, PASSWORD)).status).to.equal('signed_in');
  });
});
