import { expect } from 'chai';

import { failureOf } from '../support/failure.ts';
import { PASSWORD } from '../support/people/people.ts';
import { IP, otherThan, randomEmail, type Scene, setScene, signedIn } from './scene.ts';

describe('registration', () => {
  let scene: Scene;
  before(async () => {
    scene = await setScene();
  });
  after(() => scene.close());

  const register = (email: string, password = PASSWORD) =>
    scene.authentication.register({ email, password, name: 'Ana Petrova', locale: 'en', ip: IP });
  const confirm = (registrationId: string, code: string) =>
    signedIn(scene.authentication.confirmRegistration({ registrationId, code, ip: IP }));
  const signIn = (email: string) =>
    scene.authentication.signIn({ identifier: email, password: PASSWORD, deviceId: null, ip: IP });

  const accountOf = async (registrationId: string): Promise<string> => {
    const [row] = await scene.connected.db.query<{ account_id: string }>({
      name: '',
      text: 'select account_id from attributes where id = $1',
      values: [registrationId],
    });
    return row?.account_id ?? '';
  };

  it('makes an active account once the code is right', async () => {
    const email = randomEmail();
    const { registrationId } = await register(email);
    const proof = await confirm(registrationId, await scene.codeOf(email));
    expect(proof.amr).to.deep.equal(['otp']);
    const account = await scene.connected.accounts.find(proof.accountId);
    expect(account?.status).to.equal('active');
    const values = await scene.connected.vault.listAttributes(proof.accountId);
    const shown = values.map(({ claim, value, isVerified }) => [claim, value, isVerified]);
    expect(shown).to.have.deep.members([
      ['email', email, true],
      ['name', 'Ana Petrova', false],
    ]);
    expect((await signIn(email)).status).to.equal('signed_in');
  });

  it('does not make an account active that was blocked in the meantime', async () => {
    const email = randomEmail();
    const { registrationId } = await register(email);
    const { db, accounts } = scene.connected;
    const owner = await accountOf(registrationId);
    await db.transaction((tx) =>
      accounts.setStatus(tx, { accountId: owner, status: 'blocked', reason: 'abuse' }),
    );
    const failure = await failureOf(confirm(registrationId, await scene.codeOf(email)));
    expect(failure).to.include({ code: 'code_expired' });
    expect((await accounts.find(owner))?.status).to.equal('blocked');
  });

  it('requests a confirmation of the address only after the right password', async () => {
    const email = randomEmail();
    const { registrationId } = await register(email);
    const wrong = scene.authentication.signIn({
      identifier: email,
      password: 'x',
      deviceId: null,
      ip: IP,
    });
    expect((await failureOf(wrong)).code).to.equal('sign_in_failed');
    expect(await signIn(email)).to.deep.equal({ status: 'email_unconfirmed', registrationId });
  });

  it('answers a known address like an unknown one, with as much work, and mails its owner', async () => {
    const known = await scene.person();
    const unknown = randomEmail();
    const work: unknown[] = [];
    for (const email of [known.email, unknown]) {
      const hashes = scene.counts.hashes;
      const queued = await scene.queued();
      const answer = await register(email);
      work.push({
        keys: Object.keys(answer),
        hashes: scene.counts.hashes - hashes,
        queued: (await scene.queued()) - queued,
      });
    }
    expect(work[0]).to.deep.equal(work[1]);
    const mails = (await scene.mailsTo(known.email)).map(({ template }) => template);
    expect(mails).to.deep.equal(['registration-known']);
    expect((await failureOf(register(known.email))).code).to.equal('code_cooldown');
    expect((await failureOf(register(unknown))).code).to.equal('code_cooldown');
  });

  it('gives a known address to no other account, with any code', async () => {
    const known = await scene.person();
    const { registrationId } = await register(known.email);
    const codes = ['000000', '123456', '999999'];
    const answers = [];
    for (const code of codes) answers.push((await failureOf(confirm(registrationId, code))).code);
    expect(answers).to.deep.equal(['code_wrong', 'code_wrong', 'code_expired']);
  });

  it('gives the address to the first of two people who confirm it', async () => {
    const email = randomEmail();
    const first = await register(email);
    const firstCode = await scene.codeOf(email);
    scene.clock.advance(61);
    const second = await register(email);
    const secondCode = await scene.codeOf(email);
    await confirm(first.registrationId, firstCode);
    const late = await failureOf(confirm(second.registrationId, secondCode));
    expect([late.kind, late.code]).to.deep.equal(['conflict', 'address_taken']);
  });

  it('sends a new code after a minute, and only the new one works', async () => {
    const email = randomEmail();
    const { registrationId } = await register(email);
    const old = await scene.codeOf(email);
    const resend = () =>
      scene.authentication.resendCode({ flowId: registrationId, locale: 'en', ip: IP });
    const soon = await failureOf(resend());
    expect([soon.kind, soon.code, soon.retryAfterSeconds]).to.deep.equal([
      'too_many',
      'code_cooldown',
      60,
    ]);
    scene.clock.advance(60);
    await resend();
    const renewed = await scene.codeOf(email);
    if (renewed !== old) {
      expect((await failureOf(confirm(registrationId, old))).code).to.equal('code_wrong');
    }
    expect((await confirm(registrationId, renewed)).amr).to.deep.equal(['otp']);
  });

  it('names every invalid field', async () => {
    const refused = await failureOf(register('no address', 'short'));
    expect(refused.code).to.equal('registration_invalid');
    const failure = await failureOf(register('nobody', 'short'));
    expect(failure.fields).to.deep.equal({
      email: 'email_invalid',
      password: 'password_too_short',
    });
  });

  it('names the name when it is hostile, and leaves no account', async () => {
    const email = randomEmail();
    const work = scene.authentication.register({
      email,
      password: PASSWORD,
      name: 'Ana\u202Egnp.exe',
      locale: 'en',
      ip: IP,
    });
    expect((await failureOf(work)).fields).to.deep.equal({ name: 'value_has_hidden_characters' });
    expect(await scene.codeOf(email)).to.equal('no code was sent');
  });

  it('removes accounts that were not confirmed within a day, and no others', async () => {
    const person = await scene.person();
    const email = randomEmail();
    const { registrationId } = await register(email);
    const code = await scene.codeOf(email);
    scene.clock.advance(86_400 + 1);
    await scene.authentication.purgeExpired();
    expect((await failureOf(confirm(registrationId, code))).code).to.equal('code_expired');
    expect((await failureOf(signIn(email))).code).to.equal('sign_in_failed');
    expect(await scene.connected.accounts.find(person.accountId)).to.not.equal(null);
  });

  it('stores neither address, name, password nor code in clear', async () => {
    const email = randomEmail();
    const { registrationId } = await register(email);
    const code = await scene.codeOf(email);
    const dump = await dumpTables(scene);
    expect(dump.length).to.be.above(1_000);
    for (const secret of [email, email.split('@')[0] ?? '', 'Petrova', PASSWORD, `"${code}"`]) {
      expect(dump.includes(secret), secret).to.equal(false);
      expect(dump.includes(Buffer.from(secret).toString('hex')), secret).to.equal(false);
    }
    await confirm(registrationId, code);
    expect((await dumpTables(scene)).includes(email)).to.equal(false);
  });

  it('counts fifty simultaneous wrong codes as fifty', async () => {
    const email = randomEmail();
    const { registrationId } = await register(email);
    const code = await scene.codeOf(email);
    const guesses = Array.from({ length: 50 }, () =>
      failureOf(confirm(registrationId, otherThan(code))),
    );
    const codes = (await Promise.all(guesses)).map((failure) => failure.code);
    expect(codes.filter((answer) => answer === 'code_wrong')).to.have.length(2);
    expect((await failureOf(confirm(registrationId, code))).code).to.equal('code_expired');
  });

  it('takes a right code once, of fifty simultaneous ones', async () => {
    const email = randomEmail();
    const { registrationId } = await register(email);
    const code = await scene.codeOf(email);
    const tries = await Promise.allSettled(
      Array.from({ length: 50 }, () => confirm(registrationId, code)),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
  });
});

async function dumpTables({ connected }: Scene): Promise<string> {
  const tables = await connected.db.query<{ tablename: string }>({
    name: 'test-tables',
    text: `select tablename from pg_tables where schemaname = 'public'`,
  });
  const dumps: string[] = [];
  for (const { tablename } of tables) {
    const rows = await connected.db.query<{ line: string }>({
      name: `test-dump-${tablename}`,
      text: `select t::text as line from "${tablename}" t`,
    });
    dumps.push(...rows.map(({ line }) => line));
  }
  return dumps.join('\n');
}
