import { page } from '../../http/pages/page.ts';
import { sitePath, type SitePath } from '../../http/pages/site-path.ts';
import { type FormErrors, type FormValues, typedText } from '../../http/routing/page-route.ts';
import { type ClaimDefinition, type ClaimKind } from '../../scopes/index.ts';
import { TIME_ZONES } from '../attributes/attribute-value.ts';
import { COUNTRY_CODES, countryCodeOf, countryName } from '../attributes/countries.ts';
import { datePartsOrder, monthNames, splitDate } from '../attributes/date-parts.ts';
import type { AddressValue, Attribute } from '../attributes/attribute.ts';
import { valueLines } from '../attributes/value-lines.ts';
import { AVATAR_CLAIM } from '../avatars/avatar.ts';
import { describePhone } from '../identifiers/normalize-phone.ts';
import { phoneCountries } from '../identifiers/typed-phone.ts';
import { isSignInName } from '../identifiers/sign-in-name.ts';
import { textIn } from '../../platform/languages.ts';
import { cancelPath, forApp } from './for-app-views.ts';

export interface FormState {
  readonly formErrors: FormErrors | null;
  /** Shown in place of the stored value when there are errors. */
  readonly formValues: FormValues;
  /** The value that is changed; null for a new one. */
  readonly stored: Attribute | null;
  /** The app whose page led here; null: the profile did. */
  readonly app: string | null;
}

/** The form that adds or changes a value. */
export function valueForm(definition: ClaimDefinition, locale: string, state: FormState) {
  const { formErrors, formValues, stored } = state;
  const { name, kind, isMultiple } = definition;
  return {
    claim: name,
    kind,
    title: textIn(definition.title, locale),
    description: textIn(definition.description, locale),
    // Several values need labels to distinguish them.
    isMultiple,
    action:
      stored === null
        ? forApp(sitePath`/account/values/add/${name}`, state.app)
        : changeHref(stored),
    /** The page to which "cancel" leads. */
    cancelHref: cancelPath(state.app),
    attributeId: stored?.id ?? null,
    isFixed: stored !== null && isFixed(stored),
    shown: stored === null ? [] : valueLines(stored.value, definition, locale),
    form: fieldsOf(formErrors && formValues, stored),
    formErrors,
    date: isDate(kind) ? { order: datePartsOrder(locale), months: monthNames(locale) } : null,
    timeZones: kind === 'time_zone' ? TIME_ZONES : [],
    countries: kind === 'address' ? countriesIn(locale) : [],
    /** The countries of a phone number and the selected one; null for every other kind. */
    phone: kind === 'phone_number' ? phoneOf(locale, formErrors && formValues, stored) : null,
    choices: choicesOf(definition, locale),
    isWhole: definition.rules.isWhole === true,
    limits: limitsOf(definition, locale),
  };
}

/** Adds or changes one value. */
export const valueFormPage = page<ReturnType<typeof valueForm>>('vault/value-form.njk');

/** Can only the label of the value change? */
export function isFixed({ isVerified, claim }: Attribute): boolean {
  return isVerified || claim === AVATAR_CLAIM;
}

/** Does a change of the value change a name to sign in with? */
export function changesName(stored: Attribute): boolean {
  return isSignInName(stored) && !isFixed(stored);
}

/** The page that changes a value. */
export function changeHref(stored: Attribute): SitePath {
  return sitePath`/account/${changesName(stored) ? 'usernames' : 'values'}/${stored.id}`;
}

/** The content of the fields: the typed value, else the stored one. */
export function fieldsOf(typed: FormValues | null, stored: Attribute | null) {
  const value = stored?.value;
  const address: AddressValue = typeof value === 'object' ? value : {};
  const date = splitDate(typeof value === 'string' ? value : '');
  const text = (name: string, fallback: string | undefined): string =>
    typed === null ? (fallback ?? '') : typedText(typed, name);
  return {
    value: text('value', typeof value === 'object' || value === undefined ? '' : String(value)),
    label: text('label', stored?.label ?? ''),
    street_address: text('street_address', address.street_address ?? address.formatted),
    locality: text('locality', address.locality),
    region: text('region', address.region),
    postal_code: text('postal_code', address.postal_code),
    country: text('country', countryText(address.country)),
    day: text('day', date.day),
    month: text('month', date.month),
    year: text('year', date.year),
  };
}

function phoneOf(locale: string, typed: FormValues | null, stored: Attribute | null) {
  const { country } = describePhone(typeof stored?.value === 'string' ? stored.value : '');
  const chosen = typed === null ? country : typedText(typed, 'country');
  return { countries: phoneCountries(locale), country: chosen ?? '' };
}

/** Are values of this kind typed as day, month and year? */
export function isDate(kind: ClaimKind): boolean {
  return kind === 'birthdate' || kind === 'date';
}

/** The name by which the list of countries has it; any other text as it is. */
function countryText(country: string | undefined): string | undefined {
  const code = country === undefined ? null : countryCodeOf(country);
  return code === null ? country : countryName(code, 'en');
}

/** Countries to choose from: stored by their English name, shown and sorted in the language of the person. */
function countriesIn(locale: string) {
  return COUNTRY_CODES.map((code) => ({
    value: countryName(code, 'en'),
    label: countryName(code, locale),
  })).toSorted((one, other) => one.label.localeCompare(other.label, locale));
}

/** The choices of a form for a value of a list; empty for every other kind. */
function choicesOf(definition: ClaimDefinition, locale: string) {
  const choice = (value: string | boolean) => ({
    value: String(value),
    label: valueLines(value, definition, locale)[0] ?? String(value),
  });
  if (definition.kind === 'boolean') return [choice(true), choice(false)];
  return (definition.rules.choices ?? []).map(({ value }) => choice(value));
}

/** The text beside a field of a form, with numbers and dates in the reader's notation. */
function limitsOf(definition: ClaimDefinition, locale: string) {
  const { minLength = 1, min, max, earliest, latest } = definition.rules;
  const shown = (value: string | number) => valueLines(value, definition, locale)[0] ?? '';
  if (min !== undefined && max !== undefined)
    return [{ kind: 'between', min: shown(min), max: shown(max) }];
  const limits = { minLength: minLength > 1 ? minLength : undefined, min, max, earliest, latest };
  return Object.entries(limits).flatMap(([kind, value]) =>
    value === undefined ? [] : [{ kind, value: shown(value) }],
  );
}
