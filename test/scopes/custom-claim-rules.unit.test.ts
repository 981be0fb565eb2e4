import { expect } from 'chai';

import { AppError } from '../../src/platform/app-error.ts';
import { checkValue } from '../../src/vault/attributes/attribute-value.ts';
import type { AttributeValue } from '../../src/vault/attributes/attribute.ts';
import { findClaimDefinition, buildClaimCatalogue } from '../../src/scopes/index.ts';
import type { ClaimRules, CustomClaimKind } from '../../src/scopes/index.ts';
import { claimNameProblem } from '../../src/scopes/custom-claims/claim-name.ts';
import { toDefinition, type CustomClaim } from '../../src/scopes/index.ts';
import { isSafePattern, matchesPattern } from '../../src/scopes/custom-claims/safe-pattern.ts';
import {
  customClaimProblems,
  tidyClaim,
} from '../../src/scopes/custom-claims/validate-custom-claim.ts';
import { valueLines } from '../../src/vault/attributes/value-lines.ts';
import { standardEntries } from '../support/translations.ts';

const both = (text: string) => ({ en: text, ru: `${text} (ru)` });
const claimOf = (kind: CustomClaimKind, rules: ClaimRules = {}): CustomClaim => ({
  name: 'thing',
  kind,
  isMultiple: false,
  rules,
  title: both('Thing'),
  description: both('A thing.'),
  sensitivity: 'low',
  retiredAt: null,
  retiredBy: null,
});
const RED = { value: 'red', title: { en: 'Red', ru: 'Красный' } };

/** The value as it is stored, or the error code. */
function check(claim: CustomClaim, value: AttributeValue): AttributeValue {
  try {
    return checkValue(toDefinition(claim), value);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return error.fields?.['value'] ?? error.code;
  }
}

describe('Names of custom claims', () => {
  it('exclude names with another meaning', () => {
    const names =
      'sub iss aud exp nbf iat jti acr amr azp nonce cnf act scope client_id sid email name updated_at email_verified roles groups ' +
      'entitlements is_admin constructor then age_verified consentry_id c_hash username active';
    for (const name of names.split(' ')) {
      expect(claimNameProblem(name), name).to.equal('claim_name_reserved');
    }
  });

  it('consist of small letters, digits and underscores', () => {
    const bad = ['', 'a', '9lives', '_x', 'Shoe', 'shoe size', 'обувь', 'a-b', 'a.b', '__proto__'];
    for (const name of [...bad, 'x'.repeat(51), 'a\u0000b', 'sub\n', 'valueOf']) {
      expect(claimNameProblem(name), JSON.stringify(name)).to.equal('claim_name_invalid');
    }
    for (const name of ['shoe_size', 'x9', 'library_card']) {
      expect(claimNameProblem(name), name).to.equal(null);
    }
  });

  it('a row under a standard name changes nothing about the standard claim', () => {
    const catalogue = buildClaimCatalogue(
      [{ ...claimOf('boolean'), name: 'email' }],
      standardEntries,
    );
    expect(catalogue.find('email')?.kind).to.equal('email');
    expect(catalogue.custom).to.deep.equal([]);
  });
});

describe('Patterns of custom claims', () => {
  it('are matched in linear time', () => {
    const slow = ['(a+)+', '(a|a)*', '(a|aa)+', '(.*a){20}', '([a-z]+)*[0-9]', '(a?){50}a{50}'];
    const text = 'a'.repeat(499);
    const startedAt = performance.now();
    for (const pattern of slow) {
      expect(isSafePattern(pattern), pattern).to.equal(true);
      matchesPattern(pattern, `${text}!`);
    }
    expect(performance.now() - startedAt).to.be.lessThan(1_000);
  });

  it('match the whole text, in every script', () => {
    expect(matchesPattern('[A-Z]{2}', 'AB')).to.equal(true);
    expect(matchesPattern('[A-Z]{2}', 'xABx')).to.equal(false);
    expect(matchesPattern('\\p{Cyrillic}+', 'Рига')).to.equal(true);
    expect(matchesPattern('...', '👍👍👍')).to.equal(true);
  });

  it('are refused when they cannot be matched in linear time', () => {
    const patterns = ['(?=a)', '(?<=a)b', '(a)\\1', '(', '[z-a]', 'a**', '((a{99}){99}){99}'];
    for (const pattern of [...patterns, 'a'.repeat(201)]) {
      expect(isSafePattern(pattern), pattern).to.equal(false);
      expect(matchesPattern(pattern, 'a'), pattern).to.equal(false);
    }
  });
});

describe('Rules of custom claims', () => {
  const problems = (kind: CustomClaimKind, rules: ClaimRules) =>
    customClaimProblems(tidyClaim(claimOf(kind, rules)));

  it('belong to the kind of value', () => {
    expect(problems('boolean', { min: 1 })).to.deep.equal({ 'rules.min': 'rule_not_for_kind' });
    expect(problems('text', { choices: [RED] })).to.deep.equal({
      'rules.choices': 'rule_not_for_kind',
    });
  });

  it('are refused when no value can match them', () => {
    const cases: readonly [CustomClaimKind, ClaimRules, Record<string, string>][] = [
      ['text', { minLength: 5, maxLength: 3 }, { 'rules.maxLength': 'rule_order' }],
      ['text', { maxLength: 501 }, { 'rules.maxLength': 'rule_length_invalid' }],
      ['text', { minLength: 0.5 }, { 'rules.minLength': 'rule_length_invalid' }],
      ['text', { pattern: '(?=a)' }, { 'rules.pattern': 'rule_pattern' }],
      ['number', { min: 2, max: 1 }, { 'rules.max': 'rule_order' }],
      ['number', { max: 1e300 }, { 'rules.max': 'rule_number_invalid' }],
      ['date', { earliest: '2026-02-30' }, { 'rules.earliest': 'rule_date_invalid' }],
      ['date', { earliest: '2026-02-02', latest: '2026-02-01' }, { 'rules.latest': 'rule_order' }],
      ['choice', {}, { 'rules.choices': 'choices_missing' }],
      ['choice', { choices: [RED, RED] }, { 'rules.choices': 'choice_repeated' }],
      [
        'choice',
        { choices: [{ ...RED, value: 'a\u202Eb' }] },
        { 'rules.choices': 'choice_invalid' },
      ],
    ];
    for (const [kind, rules, expected] of cases) {
      expect(problems(kind, rules), JSON.stringify(rules)).to.deep.equal(expected);
    }
  });

  it('apply to numbers, which are stored as numbers', () => {
    const age = claimOf('number', { min: 0, max: 150, isWhole: true });
    expect(check(age, 42)).to.equal(42);
    expect(check(age, ' 42 ')).to.equal(42);
    expect(check(claimOf('number'), '3,5')).to.equal(3.5);
    expect(check(claimOf('number'), '1 000.25')).to.equal(1000.25);
    expect(Object.is(check(claimOf('number'), -0), 0)).to.equal(true);
    expect(check(age, -1)).to.equal('value_too_small');
    expect(check(age, 151)).to.equal('value_too_big');
    expect(check(age, 1.5)).to.equal('number_not_whole');
    for (const bad of [1e300, NaN, Infinity, '1e5', '0x10', '٣', '1.2.3', 'Infinity', true]) {
      expect(check(claimOf('number'), bad), String(bad)).to.equal('number_invalid');
    }
    expect(check(age, '')).to.equal('value_required');
  });

  it('apply to texts, dates, links, choices and booleans', () => {
    expect(check(claimOf('text', { minLength: 3 }), 'ab')).to.equal('value_too_short');
    expect(check(claimOf('text', { maxLength: 3 }), '👍👍👍')).to.equal('👍👍👍');
    expect(check(claimOf('text', { maxLength: 3 }), 'abcd')).to.equal('value_too_long');
    expect(check(claimOf('text', { pattern: '\\d+' }), 'x')).to.equal('value_form_wrong');
    expect(check(claimOf('text'), 5)).to.equal('value_invalid');
    const date = claimOf('date', { earliest: '2020-01-01', latest: '2020-12-31' });
    expect(check(date, '2020-02-29')).to.equal('2020-02-29');
    expect(check(date, '2020-02-30')).to.equal('date_invalid');
    expect(check(date, '2019-12-31')).to.equal('date_too_early');
    expect(check(date, '2021-01-01')).to.equal('date_too_late');
    expect(check(claimOf('url'), 'https://example.org')).to.equal('https://example.org/');
    expect(check(claimOf('url'), 'data:text/html,x')).to.equal('url_invalid');
    expect(check(claimOf('choice', { choices: [RED] }), 'red')).to.equal('red');
    expect(check(claimOf('choice', { choices: [RED] }), 'Red')).to.equal('value_not_offered');
    expect(check(claimOf('boolean'), 'false')).to.equal(false);
    expect(check(claimOf('boolean'), 'no')).to.equal('value_not_offered');
  });

  it('a language with extensions in its tag has a name', () => {
    const locale = findClaimDefinition('locale');
    expect(valueLines('en-US-u-ca-buddhist', locale, 'en')).to.deep.equal([
      'American English (en-US-u-ca-buddhist)',
    ]);
    expect(valueLines('x-private', locale, 'ru')).to.deep.equal(['x-private']);
    expect(valueLines('ru', locale, 'ru')).to.deep.equal(['русский (ru)']);
  });

  it('values are shown in the language of the reader', () => {
    const lines = (kind: CustomClaimKind, value: AttributeValue, locale: string) =>
      valueLines(
        value,
        toDefinition(claimOf(kind, { choices: [RED] }), standardEntries.answers),
        locale,
      );
    expect(lines('choice', 'red', 'ru')).to.deep.equal(['Красный']);
    expect(lines('choice', 'gone', 'ru')).to.deep.equal(['gone']);
    expect(lines('boolean', true, 'ru')).to.deep.equal(['Да']);
    expect(lines('number', 1234.5, 'ru')[0]).to.match(/^1\s?234,5$/u);
    expect(lines('date', '2026-11-20', 'en')).to.deep.equal(['20 November 2026']);
    expect(lines('date', '2026-11-20', 'ru')).to.deep.equal(['20 ноября 2026']);
  });
});
