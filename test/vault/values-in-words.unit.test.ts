import { expect } from 'chai';

import { findClaimDefinition } from '../../src/scopes/index.ts';
import { COUNTRY_CODES, countryCodeOf, countryName } from '../../src/vault/attributes/countries.ts';
import { datePartsOrder, joinDate, splitDate } from '../../src/vault/attributes/date-parts.ts';
import { describePhone } from '../../src/vault/identifiers/normalize-phone.ts';
import { valueLines } from '../../src/vault/index.ts';

const linesOf = (claim: string, value: Parameters<typeof valueLines>[0], locale: string) =>
  valueLines(value, findClaimDefinition(claim), locale);

describe('Values in words', () => {
  it('list the 249 countries of ISO 3166-1 and Kosovo', () => {
    expect(COUNTRY_CODES).to.have.length(250).and.include.members(['PT', 'RU', 'XK', 'AQ']);
    expect(COUNTRY_CODES).not.to.include.members(['SU', 'EU', 'ZZ', 'YU']);
    expect(COUNTRY_CODES.map((code) => countryCodeOf(countryName(code, 'en')))).to.deep.equal(
      COUNTRY_CODES,
    );
  });

  it('name a country in the language of the reader, and keep any other text', () => {
    const address = { street_address: '12 Harbour Lane', country: 'Portugal' };
    expect(linesOf('address', address, 'ru')).to.deep.equal(['12 Harbour Lane', 'Португалия']);
    expect(linesOf('address', { country: 'pt' }, 'en')).to.deep.equal(['Portugal']);
    expect(linesOf('address', { country: 'Atlantis' }, 'ru')).to.deep.equal(['Atlantis']);
  });

  it('group the digits of a phone number and know its country', () => {
    expect(linesOf('phone_number', '+442079460018', 'en')).to.deep.equal(['+44 20 7946 0018']);
    expect(describePhone('+79161234567')).to.deep.equal({
      text: '+7 916 123 45 67',
      country: 'RU',
    });
    expect(describePhone('no number')).to.deep.equal({ text: 'no number', country: null });
  });

  it('take a date apart and put it together, also without its year or with the year alone', () => {
    expect(datePartsOrder('en')).to.deep.equal(['day', 'month', 'year']);
    expect(datePartsOrder('ru')).to.deep.equal(['day', 'month', 'year']);
    for (const date of ['1990-05-20', '0000-12-01', '1990']) {
      expect(joinDate(splitDate(date))).to.equal(date);
    }
    expect(joinDate({ day: ' 7', month: '3', year: '2001 ' })).to.equal('2001-03-07');
    // Incomplete dates stay refusable.
    expect(joinDate({ day: '7', month: '', year: '2001' })).to.equal('2001-00-07');
    expect(joinDate({ day: '', month: '', year: '' })).to.equal('');
  });
});
