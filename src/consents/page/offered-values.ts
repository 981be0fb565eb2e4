import { type Attribute } from '../../vault/index.ts';
import { type ClaimKind, findClaimDefinition } from '../../scopes/index.ts';

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

const STEP_KINDS = new Set<ClaimKind>(['email', 'phone_number', 'picture', 'username']);

/**
 * The place where a missing value of this kind is added. `here`: in a field of the consent page; `step`: on pages of the sign-in,
 * because it is confirmed, needs a file, or is a name to sign in with, which requires a fresh proof of identity.
 */
export function placeToAdd(kind: ClaimKind): 'here' | 'step' {
  return STEP_KINDS.has(kind) ? 'step' : 'here';
}
