import { expect } from 'chai';

import { suggestedCountry } from '../../src/http/pages/accepted-languages.ts';
import { phoneCountries, wholePhone } from '../../src/vault/index.ts';
import { failureOf } from '../support/failure.ts';

describe('A phone number of a form', () => {
  for (const [value, country, whole] of [
    ['020 7946 0018', 'GB', '+442079460018'],
    ['8 (495) 123-45-67', 'RU', '+74951234567'],
    ['030/123456', 'DE', '+4930123456'],
    ['202-555-0143', 'US', '+12025550143'],
    // A number that begins with + or 00 contains its country.
    ['+44 20 7946 0018', 'RU', '+442079460018'],
    ['0044 20 7946 0018', '', '+442079460018'],
    [' +44 20 7946 0018 ', '', '+442079460018'],
  ] as const) {
    it(`is whole: ${value} in ${country || 'no country'} is ${whole}`, () => {
      expect(wholePhone({ value, country })).to.equal(whole);
    });
  }

  for (const [name, phone, fields] of [
    [
      'without a country',
      { value: '020 7946 0018', country: '' },
      { country: 'phone_country_missing' },
    ],
    [
      'of no country',
      { value: '020 7946 0018', country: 'ZZ' },
      { value: 'phone_number_not_in_country' },
    ],
    [
      'too short for the country',
      { value: '12', country: 'GB' },
      { value: 'phone_number_not_in_country' },
    ],
    [
      'with an extension',
      { value: '020 7946 0018 x7', country: 'GB' },
      { value: 'phone_number_not_in_country' },
    ],
    ['that is no number', { value: '+44 x', country: 'GB' }, { value: 'phone_number_invalid' }],
    ['that is empty', { value: ' ', country: 'GB' }, { value: 'value_required' }],
    ['that is absent', {}, { value: 'value_required' }],
  ] as const) {
    it(`is refused ${name}`, async () => {
      const refusal = await failureOf(Promise.resolve().then(() => wholePhone(phone)));
      expect(refusal.fields).to.deep.equal(fields);
    });
  }

  it('has all countries to choose from, by name in the language of the person, with the code to dial', () => {
    const english = phoneCountries('en');
    const russian = phoneCountries('ru');
    expect(english.length).to.be.greaterThan(200);
    expect(english).to.deep.include({ value: 'GB', label: 'United Kingdom (+44)' });
    expect(russian).to.deep.include({ value: 'RU', label: 'Россия (+7)' });
    expect(english[0]?.label).to.equal('Afghanistan (+93)');
    expect(russian[0]?.label).to.equal('Австралия (+61)');
  });
});

describe('The country that the languages of a browser suggest', () => {
  for (const [header, country] of [
    ['en-GB,en;q=0.9', 'GB'],
    ['en;q=0.5,pt-BR', 'BR'],
    ['ru', 'RU'],
    ['*;q=0.1,de-AT', 'AT'],
    ['zh-Hant', 'TW'],
    ['*', null],
    ['', null],
    ['!!,en-001', null],
  ] as const) {
    it(`is ${country ?? 'none'} for “${header}”`, () => {
      expect(suggestedCountry(header)).to.equal(country);
    });
  }
});
