import { page } from '../../http/pages/page.ts';
import type { FormErrors, FormValues } from '../../http/routing/page-route.ts';
import type { CustomClaimKind } from '../claims/claim-definition.ts';
import { textIn } from '../../platform/languages.ts';
import type { Retirement } from '../scope-views.ts';
import type { CustomClaim } from './custom-claim.ts';

/** A custom claim in lists and headings. */
export type ClaimLine = ReturnType<typeof toClaimLine>;

/** Presents a custom claim with the titles of the permissions that cover it; without a permission no app can request it. */
export function toClaimLine(claim: CustomClaim, permissions: readonly string[], locale: string) {
  const { name, kind, sensitivity, isMultiple, retiredAt } = claim;
  const title = textIn(claim.title, locale);
  return { name, kind, title, sensitivity, isMultiple, isRetired: retiredAt !== null, permissions };
}

export interface ClaimListModel {
  readonly claims: readonly ClaimLine[];
  readonly search: string;
  readonly isNoneDefined: boolean;
}

interface ClaimFormModel {
  /** `null` for a new one. */
  readonly claim: ClaimLine | null;
  readonly kind: CustomClaimKind;
  readonly requestingApps: number;
  readonly values: FormValues;
  readonly errors: FormErrors;
}

export const claimsPage = page<ClaimListModel>('scopes/details.njk');

export const claimKindPage = page<{
  readonly kinds: readonly CustomClaimKind[];
}>('scopes/detail-kind.njk');

export const claimPage = page<ClaimFormModel>('scopes/detail.njk');

export const retiredClaimPage = page<{
  readonly claim: ClaimLine;
  readonly description: string;
  readonly retirement: Retirement;
}>('scopes/retired-detail.njk');

export const retireClaimPage = page<{
  readonly claim: ClaimLine;
  readonly requestingApps: number;
  /** Permissions that cover no other claim, and end with it. */
  readonly ending: readonly string[];
}>('scopes/retire-detail.njk');
