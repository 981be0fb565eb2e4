import { page } from '../../http/pages/page.ts';
import type { FormErrors, FormValues } from '../../http/routing/page-route.ts';
import type { ClaimCatalogue, ClaimDefinition, ClaimGroup, ClaimKind } from '../../scopes/index.ts';
import type { AddressValue, Attribute } from '../attributes/attribute.ts';
import { textIn, valueLines } from '../attributes/value-lines.ts';
import { AVATAR_CLAIM } from '../avatars/avatar.ts';
import { isSignInName } from '../identifiers/sign-in-name.ts';
import type { ValueChoice, ValueLimit } from './value-form.ts';

/** In the order of the page. */
const GROUPS: readonly ClaimGroup[] = ['name', 'contact', 'place', 'about', 'other'];

/** The pages of claims whose values are added on a page of their own. */
const ADD_PAGES: Readonly<Record<string, string>> = {
  email: '/account/emails/add',
  phone_number: '/account/phones/add',
  preferred_username: '/account/usernames/add',
  [AVATAR_CLAIM]: '/account/pictures/add',
};

/** Is a value of this claim added on a page of its own? */
export function hasOwnPage(claim: string): boolean {
  return claim in ADD_PAGES;
}

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
  /** Its values are from before; none can be added, and no app gets one. */
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
  /** Several values need labels to distinguish them. */
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
  const present = new Set(attributes.map(({ claim }) => claim));
  // People still see their values of a retired claim.
  const retired = catalogue.custom.flatMap(({ name, retiredAt }) =>
    retiredAt !== null && present.has(name) ? (catalogue.find(name) ?? []) : [],
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

/** The content of the form: the typed value, else the stored one. */
export function fieldsOf(typed: FormValues | null, stored: Attribute | null): ValueFields {
  const value = stored?.value;
  const address: AddressValue = typeof value === 'object' ? value : {};
  const text = (name: string, fallback: string | undefined): string => {
    if (typed === null) return fallback ?? '';
    const given = typed[name];
    return typeof given === 'string' ? given : '';
  };
  return {
    value: text('value', typeof value === 'object' || value === undefined ? '' : String(value)),
    label: text('label', stored?.label ?? ''),
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
    title: textIn(definition.title, locale),
    description: textIn(definition.description, locale),
    addHref: ADD_PAGES[name] ?? `/account/values/add/${name}`,
    canAdd: (isEditable || hasOwnPage(name)) && (isMultiple || own.length === 0),
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
export const profilePage = page<ProfileModel>('vault/profile.njk');

/** Adds or changes one value. */
export const valueFormPage = page<ValueFormModel>('vault/value-form.njk');

/** The page that confirms the deletion of a value. */
export const removePage = page<RemoveModel>('vault/remove.njk');
