import type { Localized } from '../../platform/languages.ts';
import type { Sensitivity } from '../sensitivity.ts';

/** The format of a value and its checks; see `vault/attributes/attribute-value.ts`. */
export type ClaimKind =
  | 'text'
  | 'nickname'
  | 'username'
  | 'email'
  | 'phone_number'
  | 'url'
  | 'picture'
  | 'birthdate'
  | 'time_zone'
  | 'locale'
  | 'address'
  | 'number'
  | 'boolean'
  | 'date'
  | 'choice';

/** The types that an administrator can choose for a claim. */
export const CUSTOM_KINDS = ['text', 'number', 'boolean', 'date', 'url', 'choice'] as const;
export type CustomClaimKind = (typeof CUSTOM_KINDS)[number];

export type ClaimGroup = 'name' | 'contact' | 'about' | 'place' | 'other';

/** One of the values that a claim of kind `choice` can have. */
export interface ClaimChoice {
  /** The value that apps get. */
  readonly value: string;
  /** The text that people read. */
  readonly title: Localized;
}

/** Limits of a value beside those of its kind; absent means none. */
export interface ClaimRules {
  /** Characters of a text. */
  readonly minLength?: number;
  readonly maxLength?: number;
  /** The whole text fits this pattern (RE2 syntax: no look-around, no back-references). */
  readonly pattern?: string;
  /** Limits of a number. */
  readonly min?: number;
  readonly max?: number;
  readonly isWhole?: boolean;
  /** Limits of a date, as `YYYY-MM-DD`. */
  readonly earliest?: string;
  readonly latest?: string;
  readonly choices?: readonly ClaimChoice[];
}

/** The definition of one claim: a standard one (OpenID Connect Core 1.0 §5.1) or one of this installation. */
export interface ClaimDefinition {
  readonly name: string;
  /** The standard scope that contains it; null for a claim of this installation. */
  readonly scope: string | null;
  readonly kind: ClaimKind;
  readonly group: ClaimGroup;
  readonly title: Localized;
  /** Its use, in one sentence. */
  readonly description: Localized;
  readonly icon: string;
  readonly sensitivity: Sensitivity;
  /** True if a person may store several values. */
  readonly isMultiple: boolean;
  /** True if values can be verified; then only verified values are shared. */
  readonly isVerifiable: boolean;
  /** True if people may enter values themselves. */
  readonly isEditable: boolean;
  /** The claim that states whether the value is verified; it always refers to the same value. */
  readonly verifiedClaim: 'email_verified' | 'phone_number_verified' | null;
  /** Maximum number of characters of a value. */
  readonly maxLength: number;
  /** Further rules that an administrator set. */
  readonly rules: ClaimRules;
  /** The words for true and false, of a claim of kind `boolean`. */
  readonly answers?: { readonly yes: Localized; readonly no: Localized };
  /** Defined by an administrator, and not part of the standard. */
  readonly isCustom: boolean;
  /**
   * The time of retirement; null while it is in use. A retired claim is neither offered nor released; people still see
   * their values and can delete them.
   */
  readonly retiredAt: Date | null;
}
