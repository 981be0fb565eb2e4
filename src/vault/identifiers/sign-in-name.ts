import { findClaimDefinition } from '../../scopes/index.ts';
import type { Attribute } from '../attributes/attribute.ts';
import { USERNAME_CLAIM } from '../usernames/reserve-username.ts';

/**
 * Does this value sign its person in? Then it is set, changed and deleted only by the person, after a fresh proof, and never by an app. A
 * username does so as it stands, an e-mail or phone once it is proven.
 */
export function isSignInName({
  claim,
  isVerified,
}: Pick<Attribute, 'claim' | 'isVerified'>): boolean {
  return (
    claim === USERNAME_CLAIM || (isVerified && findClaimDefinition(claim)?.isVerifiable === true)
  );
}

/** Can a value of this claim come to sign the person in? Adding one begins that, and needs the same fresh proof. */
export function canBecomeSignInName(claim: string): boolean {
  return isSignInName({ claim, isVerified: true });
}
