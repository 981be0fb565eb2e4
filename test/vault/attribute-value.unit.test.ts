import { expect } from 'chai';

import { checkLabel, checkValue } from '../../src/vault/attributes/attribute-value.ts';
import type { AttributeValue } from '../../src/vault/index.ts';
import { normalizeEmail } from '../../src/vault/index.ts';
import { AppError } from '../../src/platform/app-error.ts';
import { CLAIM_DEFINITIONS, findClaimDefinition } from '../../src/scopes/index.ts';

function check(claim: string, value: AttributeValue): unknown {
  const definition = findClaimDefinition(claim);
  if (definition === undefined) throw new Error(claim);
  try {
    return checkValue(definition, value);
  } catch (error) {
    if (error instanceof AppError) return error.fields;
    throw error;
  }
}

describe('values', () => {
  const accepted: readonly (readonly [string, AttributeValue, AttributeValue])[] = [
    ['name', '  Ana \u00a0  Petrova ', 'Ana Petrova'],
    ['name', 'Ame\u0301lie', 'Am\u00e9lie'],
    ['name', 'نور الهدى', 'نور الهدى'],
    ['nickname', 'Аня', 'Аня'],
    ['gender', 'non-binary', 'non-binary'],
    ['email', ' Ana.Petrova+news@Example.ORG ', 'Ana.Petrova+news@Example.ORG'],
    ['email', 'юля@почта.рф', 'юля@почта.рф'],
    ['phone_number', '+7 (495) 123-45-67', '+74951234567'],
    ['phone_number', '0044 20 7946 0018', '+442079460018'],
    ['birthdate', '2000-02-29', '2000-02-29'],
    ['birthdate', '1990', '1990'],
    ['birthdate', '0000-02-29', '0000-02-29'],
    ['website', 'https://example.org', 'https://example.org/'],
    ['zoneinfo', 'europe/lisbon', 'Europe/Lisbon'],
    ['zoneinfo', 'America/Argentina/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
    ['locale', 'en_GB', 'en-GB'],
    ['locale', 'sr-Latn-RS', 'sr-Latn-RS'],
    [
      'address',
      { street_address: ' 12 Harbour Lane \n\n 3rd floor ', locality: 'Lisbon', region: '' },
      { street_address: '12 Harbour Lane\n3rd floor', locality: 'Lisbon' },
    ],
  ];
  for (const [claim, value, result] of accepted) {
    it(`accepts ${claim} ${JSON.stringify(value)}`, () => {
      expect(check(claim, value)).to.deep.equal(result);
    });
  }

  const refused: readonly (readonly [string, AttributeValue, Record<string, string>])[] = [
    ['name', '', { value: 'value_required' }],
    ['name', ' \u3000 ', { value: 'value_required' }],
    ['name', 'x'.repeat(101), { value: 'value_too_long' }],
    ['name', 'x'.repeat(10_000_000), { value: 'value_too_long' }],
    ['name', 'Ana\u0000', { value: 'value_has_hidden_characters' }],
    ['name', 'Ana\r\nBcc: x@y', { value: 'value_has_hidden_characters' }],
    ['name', 'Ana\u202Egnp.exe', { value: 'value_has_hidden_characters' }],
    ['name', 'A\u200Bna', { value: 'value_has_hidden_characters' }],
    ['name', 'Ana\uD800', { value: 'value_has_hidden_characters' }],
    ['name', '\u{E0041}Ana', { value: 'value_has_hidden_characters' }],
    ['name', `Z${'\u0336'.repeat(20)}`, { value: 'value_has_hidden_characters' }],
    ['name', { formatted: 'x' }, { value: 'value_invalid' }],
    ['nickname', 'ab', { value: 'username_too_short' }],
    ['nickname', 'x'.repeat(43), { value: 'value_too_long' }],
    ['email', 'nobody', { value: 'email_invalid' }],
    ['email', 'a@b@c', { value: 'email_invalid' }],
    ['email', 'a b@example.org', { value: 'email_invalid' }],
    ['email', 'ana@exa mple.org', { value: 'email_invalid' }],
    ['email', 'ana@-example.org', { value: 'email_invalid' }],
    ['email', '<ana@example.org>', { value: 'email_invalid' }],
    ['email', 'ana@example.org,ben@example.org', { value: 'email_invalid' }],
    ['email', `${'x'.repeat(65)}@example.org`, { value: 'email_invalid' }],
    ['email', `x@${'y'.repeat(64)}.org`, { value: 'email_invalid' }],
    ['email', `x@${'y.'.repeat(130)}org`, { value: 'value_too_long' }],
    ['phone_number', '495 123-45-67', { value: 'phone_number_invalid' }],
    ['phone_number', '+0495123456', { value: 'phone_number_invalid' }],
    ['phone_number', '+1234567890123456', { value: 'phone_number_invalid' }],
    ['birthdate', '2001-02-29', { value: 'birthdate_invalid' }],
    ['birthdate', '1990-13-01', { value: 'birthdate_invalid' }],
    ['birthdate', '20.05.1990', { value: 'birthdate_invalid' }],
    ['birthdate', '0001', { value: 'birthdate_invalid' }],
    ['birthdate', '0000', { value: 'birthdate_invalid' }],
    ['website', 'http://example.org', { value: 'url_invalid' }],
    ['website', 'javascript:alert(1)', { value: 'url_invalid' }],
    ['website', 'https://user:pass@example.org', { value: 'url_invalid' }],
    ['zoneinfo', 'Mars/Olympus', { value: 'time_zone_invalid' }],
    ['zoneinfo', '../../etc/passwd', { value: 'time_zone_invalid' }],
    ['locale', 'x', { value: 'locale_invalid' }],
    ['address', 'one line', { value: 'value_invalid' }],
    ['address', {}, { value: 'value_required' }],
    ['address', { locality: 'x'.repeat(201) }, { locality: 'value_too_long' }],
    ['address', { country: 'A\u202EB' }, { country: 'value_has_hidden_characters' }],
  ];
  for (const [claim, value, fields] of refused) {
    it(`refuses ${claim} ${JSON.stringify(value).slice(0, 60)}`, () => {
      expect(check(claim, value)).to.deep.equal(fields);
    });
  }

  it('checks hostile text of every kind within two seconds', () => {
    const start = performance.now();
    for (const text of ['\u0301', '@', 'a.', '-', ' ', '+1 ', 'en-', '/']) {
      for (const { name } of CLAIM_DEFINITIONS) check(name, text.repeat(50_000));
    }
    expect(performance.now() - start).to.be.below(2_000);
  });

  it('treats an empty label as absent and refuses a long one', () => {
    expect(checkLabel('  ')).to.equal(null);
    expect(() => checkLabel('x'.repeat(41))).to.throw(AppError);
  });
});

describe('one spelling for an address', () => {
  const same = [
    'Ana@Example.org',
    ' ana@EXAMPLE.ORG ',
    'ana@example.org.',
    'ana@ｅxample.org',
    'ANA@example.org',
  ];
  for (const text of same) {
    it(`reads ${JSON.stringify(text)} as ana@example.org`, () => {
      expect(normalizeEmail(text)).to.equal('ana@example.org');
    });
  }

  it('distinguishes addresses that may reach different people', () => {
    const spellings = [
      'ana@example.org',
      'ana+1@example.org',
      'a.na@example.org',
      'анна@example.org',
    ];
    expect(new Set(spellings.map(normalizeEmail)).size).to.equal(spellings.length);
  });

  it('refuses a part that mixes look-alike letters of two scripts', () => {
    const deceptive = [
      'аna@example.org',
      'ana@exаmple.org',
      'ana@xn--exmple-4nf.org',
      'ανa@example.org',
    ];
    for (const text of deceptive) expect(normalizeEmail(text), text).to.equal(null);
    for (const text of [
      'анна@пример.рф',
      'анна@example.org',
      '名前@例え.jp',
      'ana@bücher.example',
    ]) {
      expect(normalizeEmail(text), text).not.to.equal(null);
    }
  });

  it('treats composed and decomposed letters, and IDN and punycode, as equal', () => {
    expect(normalizeEmail('re\u0301mi@bücher.example')).to.equal('r\u00e9mi@xn--bcher-kva.example');
  });
});
