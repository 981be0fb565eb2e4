/** A postal address (OpenID Connect Core 1.0 §5.1.1). At least one member is there. */
export interface AddressValue {
  readonly formatted?: string;
  readonly street_address?: string;
  readonly locality?: string;
  readonly region?: string;
  readonly postal_code?: string;
  readonly country?: string;
}

/** Numbers and booleans are values of claims that an administrator defined. */
export type AttributeValue = string | number | boolean | AddressValue;

/** One personal value. A claim can have several; one of them is the default. */
export interface Attribute {
  readonly id: string;
  readonly claim: string;
  /** The person's own word for it: "work", "old one". */
  readonly label: string | null;
  readonly value: AttributeValue;
  readonly isVerified: boolean;
  readonly verifiedAt: Date | null;
  readonly isDefault: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export type IdentifierKind = 'email' | 'phone_number' | 'username';

/** Something a person can sign in with. */
export interface Identifier {
  readonly kind: IdentifierKind;
  readonly value: string;
}

/** The account of the identifier. */
export interface IdentifierOwner {
  readonly accountId: string;
  readonly attributeId: string;
}

/** Names one value of one account; a value of another account is not found. */
export interface AttributeRef {
  readonly accountId: string;
  readonly attributeId: string;
}
