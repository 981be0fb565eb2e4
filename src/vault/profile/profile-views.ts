import { page } from '../../http/pages/page.ts';
import { sitePath, type SitePath } from '../../http/pages/site-path.ts';
import { type ClaimCatalogue, type ClaimDefinition, type ClaimGroup } from '../../scopes/index.ts';
import type { Attribute } from '../attributes/attribute.ts';
import { countryName } from '../attributes/countries.ts';
import { valueLines } from '../attributes/value-lines.ts';
import { AVATAR_CLAIM } from '../avatars/avatar.ts';
import { describePhone } from '../identifiers/normalize-phone.ts';
import { isSignInName } from '../identifiers/sign-in-name.ts';
import { displayName } from './display-name.ts';
import { textIn } from '../../platform/languages.ts';

/** In the order of the page. */
const GROUPS: readonly ClaimGroup[] = ['name', 'contact', 'place', 'about', 'other'];

/** The pages of claims whose values are added on a separate page. */
const ADD_PAGES: Readonly<Record<string, SitePath>> = {
  email: sitePath`/account/emails/add`,
  phone_number: sitePath`/account/phones/add`,
  preferred_username: sitePath`/account/usernames/add`,
  [AVATAR_CLAIM]: sitePath`/account/pictures/add`,
};

/** Has this claim a separate page on which values are added? */
export function hasOwnPage(claim: string): boolean {
  return claim in ADD_PAGES;
}

/** The page on which a value of this claim is added. */
export function addHref(claim: string): SitePath {
  return ADD_PAGES[claim] ?? sitePath`/account/values/add/${claim}`;
}

/** The page on which an address is confirmed. */
export function confirmHref({ id, claim }: Pick<Attribute, 'id' | 'claim'>): SitePath {
  return claim === 'phone_number'
    ? sitePath`/account/phones/${id}/confirm`
    : sitePath`/account/emails/${id}/confirm`;
}

/** An app that sees a value. */
interface ValueReader {
  readonly clientId: string;
  readonly name: string;
  /** It sees nothing until the person resumes it. */
  readonly isPaused: boolean;
}

/** Attribute id -> the apps that see the value now. */
export type ValueReaders = ReadonlyMap<string, readonly ValueReader[]>;

interface ProfileInput {
  readonly attributes: readonly Attribute[];
  readonly catalogue: ClaimCatalogue;
  readonly readers: ValueReaders;
  readonly locale: string;
}

/** The profile of a person in their language. */
export function profileModel(input: ProfileInput) {
  const { attributes, catalogue } = input;
  const present = new Set(attributes.map(({ claim }) => claim));
  // People still see their values of a retired claim.
  const retired = catalogue.custom.flatMap(({ name, retiredAt }) =>
    retiredAt !== null && present.has(name) ? (catalogue.find(name) ?? []) : [],
  );
  const definitions = [...catalogue.live, ...retired];
  const groups = GROUPS.map((id) => {
    const claims = definitions
      .filter((definition) => definition.name !== AVATAR_CLAIM && definition.group === id)
      .map((definition) => profileClaim(definition, input));
    return {
      id,
      filled: claims.filter(({ values }) => values.length > 0),
      empty: claims.filter(({ values, canAdd }) => values.length === 0 && canAdd),
    };
  }).filter(({ filled, empty }) => filled.length + empty.length > 0);
  const pictures = catalogue.find(AVATAR_CLAIM);
  return {
    name: displayName(attributes),
    /** The pictures, the default first; null when this server has none. */
    pictures: pictures === undefined ? null : profileClaim(pictures, input),
    groups,
    isEmpty: attributes.length === 0,
  };
}

/** A claim with its values on the profile. */
export type ProfileClaim = ReturnType<typeof profileClaim>;

function profileClaim(
  definition: ClaimDefinition,
  { attributes, readers, locale }: Omit<ProfileInput, 'catalogue'>,
) {
  const own = attributes
    .filter(({ claim }) => claim === definition.name)
    .toSorted((one, other) => Number(other.isDefault) - Number(one.isDefault));
  const { name, icon, isVerifiable, isEditable, isMultiple } = definition;
  return {
    name,
    icon,
    title: textIn(definition.title, locale),
    description: textIn(definition.description, locale),
    addHref: addHref(name),
    canAdd: (isEditable || hasOwnPage(name)) && (isMultiple || own.length === 0),
    // True for a retired claim: its values cannot be added or released.
    isRetired: definition.retiredAt !== null,
    values: own.map((attribute) => ({
      id: attribute.id,
      lines: valueLines(attribute.value, definition, locale),
      label: attribute.label,
      // The country of a phone number.
      country: countryOf(attribute, definition, locale),
      readers: (readers.get(attribute.id) ?? []).map(({ clientId, name: app, isPaused }) => {
        return { name: app, href: sitePath`/account/apps/${clientId}`, isPaused };
      }),
      isVerified: attribute.isVerified,
      // Deleting it needs a fresh proof.
      isSignInName: isSignInName(attribute),
      isVerifiable,
      isDefault: attribute.isDefault,
      // True if the claim has several values, so that the page marks the default.
      hasSiblings: own.length > 1,
    })),
  };
}

function countryOf({ value }: Attribute, { kind }: ClaimDefinition, locale: string): string {
  if (kind !== 'phone_number' || typeof value !== 'string') return '';
  const { country } = describePhone(value);
  return country === null ? '' : countryName(country, locale);
}

/** The values of a person. */
export const profilePage = page<
  ReturnType<typeof profileModel> & {
    /** Phones can be confirmed. */
    readonly hasSms: boolean;
    /** A review of the apps' permissions is due. */
    readonly isCheckUpDue: boolean;
  }
>('vault/profile.njk');

/** The page that confirms the deletion of a value. */
export const removePage = page<{
  readonly attributeId: string;
  readonly claim: string;
  readonly title: string;
  readonly lines: readonly string[];
  /** Names of the apps that see the value now. */
  readonly readers: readonly string[];
  readonly isLast: boolean;
  readonly isSignIn: boolean;
  readonly action: string;
}>('vault/remove.njk');
