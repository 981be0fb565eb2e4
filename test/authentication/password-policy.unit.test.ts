import { expect } from 'chai';

import { checkNewPassword } from '../../src/authentication/passwords/password-policy.ts';

const ADDRESS = 'marina.petrova@shipyard.example';

describe('the password policy', () => {
  const accepted = [
    'correct horse battery staple',
    'violet anchor mends the slow clock',
    'alllowercaseletterswithoutany',
    '   leading and trailing spaces   ',
    'пароль из нескольких слов подряд',
    '🦊🌲🚲🎈🧭🪁🌊🪵🍐🧦🛶🎺🪨🧂🪢',
    'x7$Kq!vz0Lp@w3Rt',
    '837459203847561',
    '!?#.,;:-_*&%@(/\\',
  ];
  for (const password of accepted) {
    it(`takes "${password}"`, async () => {
      expect(await checkNewPassword(password, [ADDRESS])).to.equal(null);
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
    ['the own name', 'marina likes to sail', 'password_personal'],
    ['the own company', 'works at the Shipyard', 'password_personal'],
    ['a control character', 'violet anchor\u0000mends the', 'password_has_control_characters'],
  ];
  for (const [what, password, code] of refused) {
    it(`refuses ${what}`, async () => {
      expect(await checkNewPassword(password, [ADDRESS])).to.equal(code);
    });
  }

  it('takes 128 characters', async () => {
    const long = 'quiet river stone '.repeat(8).slice(0, 118);
    expect(await checkNewPassword(`${long} and a gate`.slice(0, 128), [])).to.equal(null);
  });

  it('ignores parts of an address that are too short to matter', async () => {
    expect(await checkNewPassword('ana walks along the sea', ['ana@io.example'])).to.equal(null);
  });

  it('answers a long hostile password at once', async () => {
    const start = performance.now();
    await checkNewPassword('ab'.repeat(500), [ADDRESS]);
    await checkNewPassword('\u0301'.repeat(1_024), [ADDRESS]);
    expect(performance.now() - start).to.be.below(1_000);
  });
});
