import { page } from '../../http/pages/page.ts';
import type { FormErrors, FormValues } from '../../http/routing/page-route.ts';
import type { AddressValue, Attribute } from '../attributes/attribute.ts';
import type { ClaimDefinition, ClaimGroup, ClaimKind, ClaimCatalogue } from '../../scopes/index.ts';
import { GROUPS, profileSample, SAMPLE_VALUE } from './profile-sample.ts';
import type { ValueChoice, ValueLimit } from './value-form.ts';
import { ADD_PAGES } from '../attributes/add-pages.ts';
import { isSignInName } from '../identifiers/sign-in-name.ts';
import { valueLines } from '../attributes/value-lines.ts';

/** One value on the profile. */
export interface ProfileValue {
  readonly id: string;
  readonly lines: readonly string[];
  readonly label: string | null;
  readonly isVerified: boolean;
  /** Deleting it needs a fresh proof. */
  readonly isSignInName: boolean;
  readonly isVerifiable: boolean;
  readonly isDefault: boolean;
  /** The claim has several values, so the page marks the first one. */
  readonly hasSiblings: boolean;
}

export interface ProfileClaim {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly icon: string;
  readonly addHref: string;
  readonly canAdd: boolean;
  /** Kept from before; nothing is added to it and no app sees it. */
  readonly isRetired: boolean;
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
  /** Phones can be confirmed. */
  readonly hasSms: boolean;
  /** A review of the apps' permissions is due. */
  readonly isCheckUpDue: boolean;
}

export interface ValueFormModel {
  readonly claim: string;
  readonly kind: ClaimKind;
  readonly title: string;
  readonly description: string;
  /** Only then is a label of use to distinguish values. */
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
  /** The choices, for a value from a list. */
  readonly choices: readonly ValueChoice[];
  readonly limits: readonly ValueLimit[];
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
  readonly claim: string;
  readonly title: string;
  readonly lines: readonly string[];
  readonly isLast: boolean;
  readonly isSignIn: boolean;
  readonly action: string;
}

/** The profile of a person in their language. */
export function profileModel(
  attributes: readonly Attribute[],
  catalogue: ClaimCatalogue,
  locale: string,
): Omit<ProfileModel, 'hasSms' | 'isCheckUpDue'> {
  const kept = new Set(attributes.map(({ claim }) => claim));
  // People still see their values of a retired claim.
  const retired = catalogue.custom.flatMap(({ name, retiredAt }) =>
    retiredAt !== null && kept.has(name) ? (catalogue.find(name) ?? []) : [],
  );
  const definitions = [...catalogue.live, ...retired];
  const groups = GROUPS.map((id) => {
    const claims = definitions
      .filter((definition) => definition.group === id)
      .map((definition) => profileClaim(definition, attributes, locale));
    return {
      id,
      filled: claims.filter(({ values }) => values.length > 0),
      empty: claims.filter(({ values, canAdd }) => values.length === 0 && canAdd),
    };
  }).filter(({ filled, empty }) => filled.length + empty.length > 0);
  return { groups, isEmpty: attributes.length === 0 };
}

/** A title in the reader's language. */
export function titleOf({ title }: ClaimDefinition, locale: string): string {
  return locale === 'ru' ? title.ru : title.en;
}

/** The content of the form: the typed value, else the stored one. */
export function fieldsOf(typed: FormValues | null, kept: Attribute | null): ValueFields {
  const value = kept?.value;
  const address: AddressValue = typeof value === 'object' ? value : {};
  const text = (name: string, fallback: string | undefined): string => {
    if (typed === null) return fallback ?? '';
    const given = typed[name];
    return typeof given === 'string' ? given : '';
  };
  return {
    value: text('value', typeof value === 'object' || value === undefined ? '' : String(value)),
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
    addHref: ADD_PAGES[name] ?? `/account/values/add/${name}`,
    canAdd: (isEditable || name in ADD_PAGES) && (isMultiple || own.length === 0),
    isRetired: definition.retiredAt !== null,
    values: own.map((attribute) => ({
      id: attribute.id,
      lines: valueLines(attribute.value, definition, locale),
      label: attribute.label,
      isVerified: attribute.isVerified,
      isSignInName: isSignInName(attribute),
      isVerifiable,
      isDefault: attribute.isDefault,
      hasSiblings: own.length > 1,
    })),
  };
}

/** The values of a person. */
export const profilePage = page<ProfileModel>('vault/profile.njk', profileSample);

/** Adds or changes one value. */
export const valueFormPage = page<ValueFormModel>('vault/value-form.njk', {
  claim: 'address',
  kind: 'address',
  title: 'Postal address',
  description: 'Where letters and parcels reach you.',
  isMultiple: true,
  action: '/account/values/add/address',
  attributeId: null,
  isFixed: false,
  shown: [],
  form: fieldsOf({ value: 'x', street_address: '1 Long Street', locality: 'Riga' }, null),
  formErrors: { street_address: 'value_too_long', label: 'value_too_long' },
  timeZones: [],
  choices: [{ value: 'short', label: 'Short' }],
  limits: [{ kind: 'min', value: '3' }],
});

/** The page that confirms the deletion of a value. */
export const removePage = page<RemoveModel>('vault/remove.njk', {
  attributeId: SAMPLE_VALUE.id,
  claim: 'email',
  title: 'E-mail',
  lines: SAMPLE_VALUE.lines,
  isLast: false,
  isSignIn: true,
  action: `/account/emails/${SAMPLE_VALUE.id}/remove`,
});
