import { findClaimDefinition } from '../../scopes/index.ts';
import type { Attribute } from '../attributes/attribute.ts';
import { USERNAME_CLAIM } from '../usernames/reserve-username.ts';

/**
 * Can a person sign in with this value? Then only the person sets, changes and deletes it, after a fresh proof, and never an
 * app. A username is such a value at once, an e-mail or phone when it is proven.
 */
export function isSignInName({
  claim,
  isVerified,
}: Pick<Attribute, 'claim' | 'isVerified'>): boolean {
  return (
    claim === USERNAME_CLAIM || (isVerified && findClaimDefinition(claim)?.isVerifiable === true)
  );
}

/** Can a value of this claim become one to sign in with? Adding it needs the same fresh proof. */
export function canBecomeSignInName(claim: string): boolean {
  return isSignInName({ claim, isVerified: true });
}
