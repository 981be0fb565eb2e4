import type { ClaimKind } from '../../scopes/index.ts';

const STEP_KINDS = new Set<ClaimKind>(['email', 'phone_number', 'picture', 'username']);

/**
 * The place where a missing value of this kind is added. `here`: in a field of the consent page; `step`: on pages of the sign-in,
 * because it is confirmed, needs a file, or is a name to sign in with, which requires a fresh proof of identity.
 */
export function placeToAdd(kind: ClaimKind): 'here' | 'step' {
  return STEP_KINDS.has(kind) ? 'step' : 'here';
}
