import { AppError } from '../../platform/app-error.ts';
import { COUNTRY_CODES, countryName } from '../attributes/countries.ts';
import { normalizePhone, phoneNumbers } from './normalize-phone.ts';

/** A phone number as a form has it: the number, and the ISO 3166 code of the country that was chosen for it. */
interface TypedPhone {
  readonly value?: string | undefined;
  readonly country?: string | undefined;
}

/**
 * The whole number of a form, in E.164. A number that begins with `+` or `00` contains its country, so the chosen one is not
 * used for it; any other number is read as people dial it in the chosen country.
 * @throws AppError `value_invalid` with the field `country` or `value`.
 */
export function wholePhone({ value = '', country = '' }: TypedPhone): string {
  const typed = value.trim();
  if (typed === '') throw refusal({ value: 'value_required' });
  if (/^(?:\+|00)/.test(typed)) {
    const number = normalizePhone(typed);
    if (number === null) throw refusal({ value: 'phone_number_invalid' });
    return number;
  }
  if (country === '') throw refusal({ country: 'phone_country_missing' });
  const number = normalizePhone(typed, country);
  if (number === null) throw refusal({ value: 'phone_number_not_in_country' });
  return number;
}

/** The countries of phone numbers by name in a language: the value is the ISO code, the label has the code to dial. */
export function phoneCountries(
  locale: string,
): readonly { readonly value: string; readonly label: string }[] {
  const { getCountries, getCountryCallingCode } = phoneNumbers();
  const known = new Set(COUNTRY_CODES);
  return getCountries()
    .filter((code) => known.has(code))
    .map((code) => ({ code, name: countryName(code, locale) }))
    .toSorted((one, other) => one.name.localeCompare(other.name, locale))
    .map(({ code, name }) => ({ value: code, label: `${name} (+${getCountryCallingCode(code)})` }));
}

function refusal(fields: Readonly<Record<string, string>>): AppError {
  return new AppError('invalid', 'value_invalid', { fields });
}
