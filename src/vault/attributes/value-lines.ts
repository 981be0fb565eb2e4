import { createFormats } from '../../platform/formats.ts';
import { textIn } from '../../platform/languages.ts';
import { type ClaimDefinition } from '../../scopes/index.ts';
import { describePhone } from '../identifiers/normalize-phone.ts';
import type { AddressValue, AttributeValue } from './attribute.ts';
import { countryCodeOf, countryName } from './countries.ts';

type ShownDefinition = Pick<ClaimDefinition, 'kind' | 'rules' | 'answers'>;

/** A value as text in the person's language: an address has several lines, every other value one. */
export function valueLines(
  value: AttributeValue,
  definition: ShownDefinition | undefined,
  locale: string,
): string[] {
  if (typeof value === 'object') return addressLines(value, locale);
  // A picture is shown as an image.
  if (definition?.kind === 'picture') return [];
  if (typeof value === 'number') {
    return [formatsOf(locale).exactNumber(value)];
  }
  if (typeof value === 'boolean') {
    const answer = definition?.answers?.[value ? 'yes' : 'no'];
    return [answer === undefined ? String(value) : textIn(answer, locale)];
  }
  return [textLine(value, definition, locale)];
}

function textLine(value: string, definition: ShownDefinition | undefined, locale: string): string {
  if (definition?.kind === 'birthdate' || definition?.kind === 'date')
    return dateText(value, locale);
  if (definition?.kind === 'locale') return languageName(value, locale);
  if (definition?.kind === 'phone_number') return describePhone(value).text;
  if (definition?.kind === 'time_zone') return value.replaceAll('_', ' ');
  if (definition?.kind === 'choice') return choiceTitle(definition, value, locale);
  return value;
}

function addressLines(address: AddressValue, locale: string): string[] {
  const {
    formatted,
    street_address: street,
    postal_code: code,
    locality,
    region,
    country,
  } = address;
  if (isFilled(formatted)) return splitLines(formatted);
  const town = [code, locality].filter(isFilled).join(' ');
  const land = country === undefined ? undefined : countryText(country, locale);
  return [...splitLines(street ?? ''), town, region, land].filter(isFilled);
}

/** The country in the language of the reader; any text that names none as it is. */
function countryText(text: string, locale: string): string {
  const code = countryCodeOf(text);
  return code === null ? text : countryName(code, locale);
}

function splitLines(text: string): string[] {
  return text.split(/\r?\n/).filter(isFilled);
}

function isFilled(text: string | undefined): text is string {
  return text !== undefined && text.trim() !== '';
}

function dateText(value: string, locale: string): string {
  if (value.length === 4) return value;
  const isYearHidden = value.startsWith('0000');
  const date = new Date(`${isYearHidden ? value.replace('0000', '2000') : value}T00:00:00Z`);
  const formats = formatsOf(locale);
  return isYearHidden ? formats.dayOfYear(date) : formats.date(date);
}

/** Values have no time of day, and nothing here is relative to the present. */
function formatsOf(locale: string) {
  return createFormats({ locale, now: new Date(0) });
}

function languageName(tag: string, locale: string): string {
  const name = nameOfLanguage(tag, locale);
  return name === tag ? tag : `${name} (${tag})`;
}

// Tags can carry extensions (RFC 5646 §2.2.6), and those have no name: `Intl` throws for them.
function nameOfLanguage(tag: string, locale: string): string {
  try {
    const { baseName } = new Intl.Locale(tag);
    return new Intl.DisplayNames([locale], { type: 'language' }).of(baseName) ?? tag;
  } catch {
    return tag;
  }
}

function choiceTitle({ rules }: ShownDefinition, value: string, locale: string): string {
  const title = rules.choices?.find((choice) => choice.value === value)?.title;
  return title === undefined ? value : textIn(title, locale);
}
