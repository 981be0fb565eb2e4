import { type AttributeValue } from '../vault/index.ts';
import { findClaimDefinition, UPDATED_AT } from '../scopes/index.ts';

/** One released value and the claim for which it was shared. */
export interface ReleasedValue {
  readonly claim: string;
  readonly value: AttributeValue;
  readonly isVerified: boolean;
  readonly updatedAt: Date;
}

/**
 * Puts values into the form of OpenID Connect Core 1.0 §5.1: companions are derived from the same value, `updated_at` is
 * that of the newest released value. Only names in `requested` are returned.
 */
export function composeClaims(
  values: readonly ReleasedValue[],
  requested: ReadonlySet<string>,
): Record<string, unknown> {
  const claims: Record<string, unknown> = {};
  for (const { claim, value, isVerified } of values) {
    if (requested.has(claim)) claims[claim] = value;
    const companion = findClaimDefinition(claim)?.verifiedClaim ?? null;
    if (companion !== null && requested.has(companion)) claims[companion] = isVerified;
  }
  const newest = Math.max(...values.map(({ updatedAt }) => updatedAt.getTime()));
  if (requested.has(UPDATED_AT) && Number.isFinite(newest)) {
    claims[UPDATED_AT] = Math.floor(newest / 1000);
  }
  return claims;
}
