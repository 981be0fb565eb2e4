import { page } from '../http/page.ts';
import type { FormErrors, FormValues } from '../http/page-route.ts';
import type { AddressValue, Attribute, AttributeValue } from './attribute.ts';
import {
  CLAIM_DEFINITIONS,
  type ClaimDefinition,
  type ClaimGroup,
  type ClaimKind,
} from './claim-definitions.ts';

/** One value on the profile. */
export interface ProfileValue {
  readonly id: string;
  readonly lines: readonly string[];
  readonly label: string | null;
  readonly isVerified: boolean;
  readonly isVerifiable: boolean;
  readonly isDefault: boolean;
  /** There are others, so which one is first is worth saying. */
  readonly hasSiblings: boolean;
}

export interface ProfileClaim {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly icon: string;
  readonly addHref: string;
  readonly canAdd: boolean;
  readonly values: readonly ProfileValue[];
}

export interface ProfileGroup {
  readonly id: ClaimGroup;
  /** Claims that have values. */
  readonly filled: readonly ProfileClaim[];
  /** Claims that could have one. */
  readonly empty: readonly ProfileClaim[];
}

export interface ProfileModel {
  readonly groups: readonly ProfileGroup[];
  readonly isEmpty: boolean;
}

export interface ValueFormModel {
  readonly claim: string;
  readonly kind: ClaimKind;
  readonly title: string;
  readonly description: string;
  readonly maxLength: number;
  /** Only then a label helps to tell values apart. */
  readonly isMultiple: boolean;
  readonly action: string;
  /** Null while adding. */
  readonly attributeId: string | null;
  /** The value stays, only the label can change. */
  readonly isFixed: boolean;
  readonly shown: readonly string[];
  readonly form: ValueFields;
  readonly formErrors: FormErrors | null;
  readonly timeZones: readonly string[];
}

export interface ValueFields {
  readonly value: string;
  readonly label: string;
  readonly street_address: string;
  readonly locality: string;
  readonly region: string;
  readonly postal_code: string;
  readonly country: string;
}

export interface RemoveModel {
  readonly attributeId: string;
  readonly title: string;
  readonly lines: readonly string[];
  readonly isLast: boolean;
  readonly isSignIn: boolean;
  readonly action: string;
}

const GROUPS: readonly ClaimGroup[] = ['name', 'contact', 'place', 'about'];
const ADDRESS_LINES = [
  'formatted',
  'street_address',
  'postal_code',
  'locality',
  'region',
  'country',
] as const;

/** The profile of a person in their language. */
export function profileModel(attributes: readonly Attribute[], locale: string): ProfileModel {
  const groups = GROUPS.map((id) => {
    const claims = CLAIM_DEFINITIONS.filter((definition) => definition.group === id).map(
      (definition) => profileClaim(definition, attributes, locale),
    );
    return {
      id,
      filled: claims.filter(({ values }) => values.length > 0),
      empty: claims.filter(({ values, canAdd }) => values.length === 0 && canAdd),
    };
  });
  return { groups, isEmpty: attributes.length === 0 };
}

/** A title in the reader's language. */
export function titleOf({ title }: ClaimDefinition, locale: string): string {
  return locale === 'ru' ? title.ru : title.en;
}

/** What a value looks like to a person: its lines. */
export function linesOf(value: AttributeValue, kind: ClaimKind, locale: string): string[] {
  if (typeof value !== 'string') return addressLines(value);
  if (kind === 'birthdate') return [birthdateText(value, locale)];
  if (kind === 'locale') return [languageName(value, locale)];
  if (kind === 'time_zone') return [value.replaceAll('_', ' ')];
  return [value];
}

/** What stands in the form: what was typed, else what is kept. */
export function fieldsOf(typed: FormValues | null, kept: Attribute | null): ValueFields {
  const value = kept?.value;
  const address: AddressValue = typeof value === 'object' ? value : {};
  const text = (name: string, fallback: string | undefined): string => {
    if (typed === null) return fallback ?? '';
    const given = typed[name];
    return typeof given === 'string' ? given : '';
  };
  return {
    value: text('value', typeof value === 'string' ? value : ''),
    label: text('label', kept?.label ?? ''),
    street_address: text('street_address', address.street_address ?? address.formatted),
    locality: text('locality', address.locality),
    region: text('region', address.region),
    postal_code: text('postal_code', address.postal_code),
    country: text('country', address.country),
  };
}

function profileClaim(
  definition: ClaimDefinition,
  attributes: readonly Attribute[],
  locale: string,
): ProfileClaim {
  const own = attributes.filter(({ claim }) => claim === definition.name);
  const { name, icon, isVerifiable, isEditable, isMultiple } = definition;
  return {
    name,
    icon,
    title: titleOf(definition, locale),
    description: locale === 'ru' ? definition.description.ru : definition.description.en,
    addHref: name === 'email' ? '/account/emails/add' : `/account/values/add/${name}`,
    canAdd: isEditable && (isMultiple || own.length === 0),
    values: own.map((attribute) => ({
      id: attribute.id,
      lines: linesOf(attribute.value, definition.kind, locale),
      label: attribute.label,
      isVerified: attribute.isVerified,
      isVerifiable,
      isDefault: attribute.isDefault,
      hasSiblings: own.length > 1,
    })),
  };
}

function addressLines(address: AddressValue): string[] {
  return ADDRESS_LINES.flatMap((member) => address[member]?.split('\n') ?? []);
}

function birthdateText(value: string, locale: string): string {
  if (value.length === 4) return value;
  const isYearHidden = value.startsWith('0000');
  const date = new Date(`${isYearHidden ? value.replace('0000', '2000') : value}T00:00:00Z`);
  const tag = locale === 'en' ? 'en-GB' : locale;
  const parts = { day: 'numeric', month: 'long', timeZone: 'UTC' } as const;
  return new Intl.DateTimeFormat(tag, isYearHidden ? parts : { ...parts, year: 'numeric' }).format(
    date,
  );
}

function languageName(tag: string, locale: string): string {
  const name = new Intl.DisplayNames([locale], { type: 'language' }).of(tag) ?? tag;
  return name === tag ? tag : `${name} (${tag})`;
}

const SAMPLE_VALUE: ProfileValue = {
  id: '5f0c2c53-6a0a-4b53-9f0e-1b6d7c1f7a10',
  lines: ['anastasia.konstantinopolskaya-petrova@a-rather-long-company-name.example.org'],
  label: 'work',
  isVerified: true,
  isVerifiable: true,
  isDefault: true,
  hasSiblings: true,
};

const SAMPLE_CLAIM: ProfileClaim = {
  name: 'email',
  title: 'E-mail',
  description: 'An address you can read mail at.',
  icon: 'mail',
  addHref: '/account/emails/add',
  canAdd: true,
  values: [SAMPLE_VALUE, { ...SAMPLE_VALUE, isVerified: false, isDefault: false, label: null }],
};

/** What a person keeps here. */
export const profilePage = page<ProfileModel>('vault/profile.njk', {
  groups: GROUPS.map((id) => ({
    id,
    filled: [
      SAMPLE_CLAIM,
      { ...SAMPLE_CLAIM, name: 'name', values: [{ ...SAMPLE_VALUE, isVerifiable: false }] },
    ],
    empty: [SAMPLE_CLAIM],
  })),
  isEmpty: false,
});

/** Adds or changes one value. */
export const valueFormPage = page<ValueFormModel>('vault/value-form.njk', {
  claim: 'address',
  kind: 'address',
  title: 'Postal address',
  description: 'Where letters and parcels reach you.',
  maxLength: 1_000,
  isMultiple: true,
  action: '/account/values/add/address',
  attributeId: null,
  isFixed: false,
  shown: [],
  form: fieldsOf({ value: 'x', street_address: '1 Long Street', locality: 'Riga' }, null),
  formErrors: { street_address: 'value_too_long', label: 'value_too_long' },
  timeZones: [],
});

/** Asks before a value is deleted. */
export const removePage = page<RemoveModel>('vault/remove.njk', {
  attributeId: SAMPLE_VALUE.id,
  title: 'E-mail',
  lines: SAMPLE_VALUE.lines,
  isLast: false,
  isSignIn: true,
  action: `/account/emails/${SAMPLE_VALUE.id}/remove`,
});
