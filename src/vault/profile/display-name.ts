import type { Attribute } from '../attributes/attribute.ts';
import { AVATAR_CLAIM } from '../avatars/avatar.ts';

/** The name of a person on the person's own pages: the default name, else the default e-mail, else a general word. */
export function displayName(attributes: readonly Attribute[]): string {
  return (
    defaultText(attributes, 'name') ??
    defaultText(attributes, 'nickname') ??
    defaultEmail(attributes) ??
    '…'
  );
}

/** The time zone of a person (IANA name), if known. */
export function timeZoneOf(attributes: readonly Attribute[]): string | undefined {
  return defaultText(attributes, 'zoneinfo');
}

/** The e-mail that a person is most likely to sign in with. */
export function defaultEmail(attributes: readonly Attribute[]): string | undefined {
  return defaultText(attributes, 'email');
}

/** The id of the default picture, for the person's own pages; null without one. */
export function defaultPicture(attributes: readonly Attribute[]): string | null {
  return defaultOf(attributes, AVATAR_CLAIM)?.id ?? null;
}

function defaultText(attributes: readonly Attribute[], claim: string): string | undefined {
  const value = defaultOf(attributes, claim)?.value;
  return typeof value === 'string' ? value : undefined;
}

function defaultOf(attributes: readonly Attribute[], claim: string): Attribute | undefined {
  const values = attributes.filter((attribute) => attribute.claim === claim);
  return values.find(({ isDefault }) => isDefault) ?? values[0];
}
