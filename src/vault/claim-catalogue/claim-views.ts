import { page } from '../../http/pages/page.ts';
import type { FormErrors, FormValues } from '../../http/routing/page-route.ts';
import type { CustomClaimKind } from '../../scopes/index.ts';
import { CUSTOM_KINDS } from '../../scopes/index.ts';
import type { CustomClaim } from '../../scopes/index.ts';

/** A detail as lists and headings show it. */
export interface ClaimLine {
  readonly name: string;
  readonly title: string;
  readonly kind: CustomClaimKind;
  readonly sensitivity: CustomClaim['sensitivity'];
  readonly isMultiple: boolean;
  readonly isRetired: boolean;
  /** Titles of the permissions that cover it; without one no app can request it. */
  readonly permissions: readonly string[];
}

export interface ClaimListModel {
  readonly claims: readonly ClaimLine[];
  readonly search: string;
  readonly isNoneDefined: boolean;
}

export interface ClaimKindModel {
  readonly kinds: readonly CustomClaimKind[];
}

export interface ClaimFormModel {
  /** `null` for a new one. */
  readonly claim: ClaimLine | null;
  readonly kind: CustomClaimKind;
  readonly appsAsking: number;
  readonly values: FormValues;
  readonly errors: FormErrors;
}

export interface RetireClaimModel {
  readonly claim: ClaimLine;
  readonly appsAsking: number;
  /** Permissions that cover nothing else, and end with it. */
  readonly ending: readonly string[];
}

const CLAIM: ClaimLine = {
  name: 'preferred_delivery_window_of_the_warehouse',
  title: 'A detail with a rather long title nobody has heard of',
  kind: 'choice',
  sensitivity: 'high',
  isMultiple: true,
  isRetired: true,
  permissions: ['Where parcels go when you are out'],
};

export const claimsPage = page<ClaimListModel>('vault/details.njk', {
  claims: [CLAIM, { ...CLAIM, name: 'shoe_size', isRetired: false, permissions: [] }],
  search: 'shoe',
  isNoneDefined: false,
});

export const claimKindPage = page<ClaimKindModel>('vault/detail-kind.njk', { kinds: CUSTOM_KINDS });

export const claimPage = page<ClaimFormModel>('vault/detail.njk', {
  claim: null,
  kind: 'text',
  appsAsking: 2,
  values: { name: 'Shoe Size', 'title.en': 'Shoe size', 'rules.pattern': '(' },
  errors: {
    name: 'claim_name_invalid',
    'title.ru': 'text_missing',
    'rules.pattern': 'rule_pattern',
  },
});

export const retireClaimPage = page<RetireClaimModel>('vault/retire-detail.njk', {
  claim: CLAIM,
  appsAsking: 3,
  ending: ['Where parcels go when you are out'],
});

/** A detail in the reader's language. */
export function toClaimLine(
  claim: CustomClaim,
  permissions: readonly string[],
  locale: string,
): ClaimLine {
  const { name, kind, title, sensitivity, isMultiple, retiredAt } = claim;
  return {
    name,
    kind,
    title: locale === 'ru' ? title.ru : title.en,
    sensitivity,
    isMultiple,
    isRetired: retiredAt !== null,
    permissions,
  };
}
