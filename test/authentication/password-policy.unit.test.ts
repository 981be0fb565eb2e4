import { expect } from 'chai';

import { openBreachedPasswords } from '../../src/authentication/passwords/breached-passwords.ts';
import {
  checkNewPassword,
  type PasswordPolicyContext,
  type PasswordRole,
} from '../../src/authentication/passwords/password-policy.ts';

const ADDRESS = 'marina.petrova@shipyard.example';
const NOBODY = { personal: [], role: 'only_factor' } as const;

describe('The password policy', () => {
  let ctx: PasswordPolicyContext;
  before(async () => {
    ctx = { breachedPasswords: await openBreachedPasswords(null), serviceName: 'Harbour Post' };
  });
  const check = (
    password: string,
    personal: readonly string[] = [ADDRESS],
    role: PasswordRole = 'only_factor',
  ) => checkNewPassword(ctx, { password, personal, role });

  const accepted = [
    'correct horse battery staple',
    'violet anchor mends the slow clock',
    '   leading and trailing spaces   ',
    'пароль из нескольких слов подряд',
    '🦊🌲🚲🎈🧭🪁🌊🪵🍐🧦🛶🎺🪨🧂🪢',
    'x7$Kq!vz0Lp@w3Rt',
    '837459203847561',
    '!?#.,;:-_*&%@(/\\',
  ];
  for (const password of accepted) {
    it(`takes "${password}"`, () => {
      expect(check(password)).to.equal(null);
    });
  }

  const refused: readonly (readonly [string, string, string])[] = [
    ['fourteen characters', 'fourteen chars', 'password_too_short'],
    ['fifteen bytes that are fewer characters', 'привет мир', 'password_too_short'],
    ['letters composed in two ways', 'e\u0301'.repeat(14), 'password_too_short'],
    ['129 characters', 'ab3 d'.repeat(26).slice(0, 129), 'password_too_long'],
    ['a megabyte', 'x'.repeat(1_000_000), 'password_too_long'],
    ['one letter again and again', 'aaaaaaaaaaaaaaaaaaaa', 'password_common'],
    ['a short part again and again', 'abc1abc1abc1abc1', 'password_common'],
    ['a common password twice', 'passwordpassword', 'password_common'],
    ['a common password twice with a space', 'password password', 'password_common'],
    ['a common password with dots', 'pass.word-pass_word', 'password_common'],
    ['a common password with padding', 'Sunshine!!!!!2024', 'password_common'],
    ['a row of keys', 'qwertyuiopasdfgh', 'password_common'],
    ['the alphabet', 'abcdefghijklmnopqrst', 'password_common'],
    ['digits in order', '123456789012345678', 'password_common'],
    ['the name of the product', 'i do love consentry', 'password_personal'],
    ['the name of the service', 'my harbour post secret', 'password_personal'],
    ['the name of the service without its space', 'my HarbourPost secret', 'password_personal'],
    ['a part of the own address (6.2.11)', 'marina likes to sail', 'password_personal'],
    ['the own company', 'works at the Shipyard', 'password_personal'],
    ['a control character', 'violet anchor\u0000mends the', 'password_has_control_characters'],
  ];
  for (const [what, password, code] of refused) {
    it(`refuses ${what}`, () => {
      expect(check(password)).to.equal(code);
    });
  }

  it('has no rule about kinds of characters (6.2.5)', () => {
    expect(check('alllowercaseletterswithoutany')).to.equal(null);
    expect(check('837 459 203 847 561')).to.equal(null);
  });

  it('takes 64 and 128 characters, and emoji count as one (6.2.9)', () => {
    expect(check('🦊🌲🚲🎈🧭🪁🌊🪵🍐🧦🛶🎺🪨🧂🪢'.slice(0, -2))).to.equal('password_too_short');
    const phrase = 'the quiet river keeps seven grey stones and one bright key bowl.';
    expect([phrase.length, check(phrase)]).to.deep.equal([64, null]);
    const long = 'quiet river stone '.repeat(8).slice(0, 118);
    expect(check(`${long} and a gate`.slice(0, 128), [])).to.equal(null);
  });

  it('ignores parts of an address that are too short to matter', () => {
    expect(check('ana walks along the sea', ['ana@io.example'])).to.equal(null);
  });

  it('takes eight characters beside a second factor, and seven never (6.2.1)', () => {
    const beside = (password: string) => check(password, [ADDRESS], 'one_of_two_factors');
    expect(beside('tq7 vezu')).to.equal(null);
    expect(beside('tq7 vez')).to.equal('password_too_short');
    expect(check('tq7 vezu')).to.equal('password_too_short');
  });

  it('refuses common passwords of eight characters, in any case and with signs between (6.2.4)', () => {
    const common = ['iloveyou', 'Sunshine1', 'BASEBALL', 'pass word', 'abcdabcd', 'qwertyui'];
    for (const password of common)
      expect(check(password, [], 'one_of_two_factors'), password).to.equal('password_common');
  });

  it('refuses the name and the username of the person (6.2.11)', () => {
    const personal = [ADDRESS, 'Ana-María Soto', 'sea.captain'];
    expect(check('a walk with maría at dusk', personal)).to.equal('password_personal');
    expect(check('oh CAPTAIN, my friend', personal)).to.equal('password_personal');
  });

  it('refuses a known password exactly as it is in a list of digests', () => {
    const has = (text: string) => text === 'Four Known Words Here';
    const breachedPasswords = { count: 1, isShipped: false, has };
    const check = (password: string) =>
      checkNewPassword({ breachedPasswords, serviceName: 'X' }, { password, ...NOBODY });
    expect(check('Four Known Words Here')).to.equal('password_common');
    expect(check('four known words here')).to.equal(null);
  });

  it('answers a long hostile password at once', () => {
    const start = performance.now();
    check('ab'.repeat(500), [ADDRESS]);
    check('\u0301'.repeat(1_024), [ADDRESS]);
    expect(performance.now() - start).to.be.below(1_000);
  });
});
