import type { Attribute } from '../vault/index.ts';
import { findClaimDefinition } from '../scopes/index.ts';

/** Must a value of this claim be verified before an app may have it? */
export function isVerifiable(claim: string): boolean {
  return findClaimDefinition(claim)?.isVerifiable === true;
}

/** The values of a claim that a person may share, the default first. */
export function offeredValues(attributes: readonly Attribute[], claim: string): Attribute[] {
  return attributes
    .filter((attribute) => attribute.claim === claim)
    .filter(({ isVerified }) => isVerified || !isVerifiable(claim))
    .toSorted((one, other) => Number(other.isDefault) - Number(one.isDefault));
}
