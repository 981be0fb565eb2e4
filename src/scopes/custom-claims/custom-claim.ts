import type { Localized } from '../../platform/languages.ts';
import type { ClaimDefinition, ClaimRules, CustomClaimKind } from '../claims/claim-definition.ts';

/** A claim that an administrator of this installation defined. */
export interface CustomClaim {
  /** Never changes, and is not reused after retirement. */
  readonly name: string;
  /** Never changes. */
  readonly kind: CustomClaimKind;
  /** True if a person may store several values, of which one is shared with each app. */
  readonly isMultiple: boolean;
  readonly rules: ClaimRules;
  readonly title: Localized;
  readonly description: Localized;
  readonly sensitivity: ClaimDefinition['sensitivity'];
  readonly retiredAt: Date | null;
  /** The account that retired it. */
  readonly retiredBy: string | null;
}

/** The longest text that is kept. */
export const LONGEST_TEXT = 500;

const DEFAULT_LENGTH = 200;
const LENGTHS: Readonly<Record<CustomClaimKind, number>> = {
  text: DEFAULT_LENGTH,
  url: LONGEST_TEXT,
  number: 40,
  boolean: 5,
  date: 10,
  choice: DEFAULT_LENGTH,
};
const ICONS: Readonly<Record<CustomClaimKind, string>> = {
  text: 'note',
  number: 'list',
  boolean: 'check',
  date: 'calendar',
  url: 'link',
  choice: 'list',
};

/** The definition in the common format of claims. */
export function toDefinition(
  claim: CustomClaim,
  answers?: ClaimDefinition['answers'],
): ClaimDefinition {
  return {
    name: claim.name,
    scope: null,
    kind: claim.kind,
    group: 'other',
    title: claim.title,
    description: claim.description,
    icon: ICONS[claim.kind],
    sensitivity: claim.sensitivity,
    isMultiple: claim.isMultiple,
    isVerifiable: false,
    isEditable: claim.retiredAt === null,
    verifiedClaim: null,
    maxLength: claim.rules.maxLength ?? LENGTHS[claim.kind],
    rules: claim.rules,
    ...(claim.kind === 'boolean' && answers !== undefined && { answers }),
    isCustom: true,
    retiredAt: claim.retiredAt,
  };
}
