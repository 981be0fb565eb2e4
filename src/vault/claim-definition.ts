/** A text in the languages of the pages. */
export interface LocalizedText {
  readonly en: string;
  readonly ru: string;
}

/** How a value is written down and checked; see `attribute-value.ts`. */
export type ClaimKind =
  | 'text'
  | 'username'
  | 'email'
  | 'phone_number'
  | 'url'
  | 'birthdate'
  | 'time_zone'
  | 'locale'
  | 'address';

export type ClaimGroup = 'name' | 'contact' | 'about' | 'place';

/** What the vault knows about one claim (OpenID Connect Core 1.0 §5.1). */
export interface ClaimDefinition {
  readonly name: string;
  readonly kind: ClaimKind;
  readonly group: ClaimGroup;
  readonly title: LocalizedText;
  /** One sentence on what it is good for. */
  readonly description: LocalizedText;
  readonly icon: string;
  readonly sensitivity: 'low' | 'medium' | 'high';
  /** May a person keep several values. */
  readonly isMultiple: boolean;
  /** Can a value be proven; only a proven one then counts as the person's. */
  readonly isVerifiable: boolean;
  /** May people type it themselves. */
  readonly isEditable: boolean;
  /** The claim that says whether this one's value is proven; it always comes from the same value. */
  readonly verifiedClaim: 'email_verified' | 'phone_number_verified' | null;
  /** Most characters of a value. */
  readonly maxLength: number;
}
