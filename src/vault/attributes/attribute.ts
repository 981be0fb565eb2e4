import { AppError } from '../../platform/app-error.ts';

/** Members of a postal address (OpenID Connect Core 1.0 §5.1.1). */
export const ADDRESS_MEMBERS = [
  'formatted',
  'street_address',
  'locality',
  'region',
  'postal_code',
  'country',
] as const;

/** A postal address with at least one member. */
export type AddressValue = { readonly [Member in (typeof ADDRESS_MEMBERS)[number]]?: string };

/** Numbers and booleans are values of claims that an administrator defined. */
export type AttributeValue = string | number | boolean | AddressValue;

/** One personal value. A claim can have several; one of them is the default. */
export interface Attribute {
  readonly id: string;
  readonly claim: string;
  /** The label that the person chose for the value, such as "work". */
  readonly label: string | null;
  readonly value: AttributeValue;
  readonly isVerified: boolean;
  readonly verifiedAt: Date | null;
  readonly isDefault: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export type IdentifierKind = 'email' | 'phone_number' | 'username';

/** An e-mail, phone number or username with which a person signs in. */
export interface Identifier {
  readonly kind: IdentifierKind;
  readonly value: string;
}

/** The account that the identifier belongs to. */
export interface IdentifierOwner {
  readonly accountId: string;
  readonly attributeId: string;
}

/** Names one value of one account; a value of another account is not found. */
export interface AttributeRef {
  readonly accountId: string;
  readonly attributeId: string;
}

/** @throws AppError `attribute_not_found`. */
export function pick(attributes: readonly Attribute[], attributeId: string): Attribute {
  const found = attributes.find(({ id }) => id === attributeId);
  if (found === undefined) throw new AppError('not_found', 'attribute_not_found');
  return found;
}
