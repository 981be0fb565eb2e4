import { createRequire } from 'node:module';

import type * as PhoneNumbers from 'libphonenumber-js/min';

const LONGEST = 64;
const WHOLE = /^\+[\d\s().\u2010-\u2015-]+$/u;
const NATIONAL = /^[\d\s()./\u2010-\u2015-]+$/u;
const require = createRequire(import.meta.url);

/**
 * One spelling (E.164) for all spellings of a number: "+44 (0)20 7946 0018" and "0044 2079460018" are +442079460018. The country
 * code is required, or the country (ISO 3166) whose way of dialling the number has. A number is valid when its country has numbers of that length: ranges are assigned faster than
 * lists of them are updated.
 * @returns null for text that is not a number, or one with an extension.
 */
export function normalizePhone(text: string, country?: string): string | null {
  if (text.length > LONGEST) return null;
  const typed = country === undefined ? text.trim().replace(/^00/, '+') : text.trim();
  if (!(country === undefined ? WHOLE : NATIONAL).test(typed)) return null;
  const number = parse(typed, country);
  return number?.isPossible() === true ? number.number : null;
}

/** A stored number in groups, +44 20 7946 0018, and the code of its country; null when countries share the number's range. */
export function describePhone(stored: string): {
  readonly text: string;
  readonly country: string | null;
} {
  const number = parse(stored);
  return { text: number?.formatInternational() ?? stored, country: number?.country ?? null };
}

function parse(text: string, country?: string) {
  const { isSupportedCountry, parsePhoneNumberFromString } = phoneNumbers();
  if (country === undefined) return parsePhoneNumberFromString(text, { extract: false });
  if (!isSupportedCountry(country)) return undefined;
  return parsePhoneNumberFromString(text, { extract: false, defaultCountry: country });
}

/** The library with the numbering plans, loaded at the first use: its tables take some megabytes. */
export function phoneNumbers(): typeof PhoneNumbers {
  return require('libphonenumber-js/min') as typeof PhoneNumbers;
}
