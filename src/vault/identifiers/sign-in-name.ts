import { findClaimDefinition } from '../../scopes/index.ts';
import type { Attribute } from '../attributes/attribute.ts';
import { USERNAME_CLAIM } from '../usernames/reserve-username.ts';

/**
 * Can a person sign in with this value? Then only the person, after a fresh proof, can set, change and delete it, never
 * an app. A username is such a value at once, an e-mail or phone after its proof.
 */
export function isSignInName({
  claim,
  isVerified,
}: Pick<Attribute, 'claim' | 'isVerified'>): boolean {
  return (
    claim === USERNAME_CLAIM || (isVerified && findClaimDefinition(claim)?.isVerifiable === true)
  );
}

/** Can a value of this claim become a sign-in name? Adding it needs the same fresh proof. */
export function canBecomeSignInName(claim: string): boolean {
  return isSignInName({ claim, isVerified: true });
}
