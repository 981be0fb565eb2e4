import { keyedIndex } from '../../platform/keys/encryption.ts';
import type { AuthenticationParts } from '../authentication-parts.ts';

declare const shown: unique symbol;
declare const silent: unique symbol;

/**
 * A counter whose lock the person sees. It depends on the text that was typed or on the account that is signed in, and never on whether an account
 * exists: otherwise the lock would link the names of one person, and show which of them exist.
 */
export type ShownSubject = Buffer & { readonly [shown]: true };

/** A counter over all names of an account. Its lock looks like a wrong password. */
export type SilentSubject = Buffer & { readonly [silent]: true };

type Keys = Pick<AuthenticationParts, 'failureKey'>;

/** Wrong passwords at one typed name, known or not. */
export function typedSubject({ failureKey }: Keys, addressIndex: Buffer): ShownSubject {
  return keyedIndex(failureKey, `address:${addressIndex.toString('hex')}`) as ShownSubject;
}

/** Wrong current passwords of a person who is signed in: strangers cannot raise it. */
export function signedInSubject({ failureKey }: Keys, accountId: string): ShownSubject {
  return keyedIndex(failureKey, `signed-in:${accountId}`) as ShownSubject;
}

/** Wrong passwords for one account. */
export function accountSubject({ failureKey }: Keys, accountId: string): SilentSubject {
  return keyedIndex(failureKey, `account:${accountId}`) as SilentSubject;
}

/** Counted instead where the name belongs to no account, so that the work is the same. */
export function nobodySubject({ failureKey }: Keys, addressIndex: Buffer): SilentSubject {
  return keyedIndex(failureKey, `nobody:${addressIndex.toString('hex')}`) as SilentSubject;
}
