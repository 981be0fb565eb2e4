import { page } from '../../http/pages/page.ts';
import type { FormErrors, FormValues } from '../../http/routing/page-route.ts';
import type { CustomClaim, CustomClaimKind } from '../../scopes/index.ts';
import { textIn } from '../attributes/value-lines.ts';

/** A custom claim in lists and headings. */
export interface ClaimLine {
  readonly name: string;
  readonly title: string;
  readonly kind: CustomClaimKind;
  readonly sensitivity: CustomClaim['sensitivity'];
  readonly isMultiple: boolean;
  readonly isRetired: boolean;
  /** Titles of the permissions that cover it; without a permission no app can request it. */
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
  readonly requestingApps: number;
  readonly values: FormValues;
  readonly errors: FormErrors;
}

export interface RetireClaimModel {
  readonly claim: ClaimLine;
  readonly requestingApps: number;
  /** Permissions that cover no other claim, and end with it. */
  readonly ending: readonly string[];
}

export const claimsPage = page<ClaimListModel>('vault/details.njk');

export const claimKindPage = page<ClaimKindModel>('vault/detail-kind.njk');

export const claimPage = page<ClaimFormModel>('vault/detail.njk');

export const retireClaimPage = page<RetireClaimModel>('vault/retire-detail.njk');

/** A custom claim in the reader's language. */
export function toClaimLine(
  claim: CustomClaim,
  permissions: readonly string[],
  locale: string,
): ClaimLine {
  const { name, kind, title, sensitivity, isMultiple, retiredAt } = claim;
  return {
    name,
    kind,
    title: textIn(title, locale),
    sensitivity,
    isMultiple,
    isRetired: retiredAt !== null,
    permissions,
  };
}
