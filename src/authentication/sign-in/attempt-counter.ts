import { keyedIndex } from '../../platform/keys/encryption.ts';
import type { AuthenticationContext } from '../context.ts';

declare const visible: unique symbol;
declare const silent: unique symbol;

/**
 * A counter of wrong passwords with a visible lock. It depends only on the entered text or on the signed-in account. If
 * it depended on the account of the text, the lock would link the identifiers of one person and reveal which of them
 * exist.
 */
export type VisibleCounter = Buffer & { readonly [visible]: true };

/** A counter over all identifiers of an account. While it is locked, the answer is the same as for a wrong password. */
export type SilentCounter = Buffer & { readonly [silent]: true };

type Keys = Pick<AuthenticationContext, 'failureKey'>;

/** Wrong passwords for one identifier, known or not. */
export function identifierCounter({ failureKey }: Keys, addressIndex: Buffer): VisibleCounter {
  return keyedIndex(failureKey, `address:${addressIndex.toString('hex')}`) as VisibleCounter;
}

/** Wrong current passwords of a person who is signed in. Other people cannot raise it. */
export function signedInCounter({ failureKey }: Keys, accountId: string): VisibleCounter {
  return keyedIndex(failureKey, `signed-in:${accountId}`) as VisibleCounter;
}

/** Wrong passwords for one account. */
export function accountCounter({ failureKey }: Keys, accountId: string): SilentCounter {
  return keyedIndex(failureKey, `account:${accountId}`) as SilentCounter;
}

/** Counted instead for an identifier without an account, so that the work is the same. */
export function unknownCounter({ failureKey }: Keys, addressIndex: Buffer): SilentCounter {
  return keyedIndex(failureKey, `nobody:${addressIndex.toString('hex')}`) as SilentCounter;
}

/** The kinds of codes of the second step, which are counted apart: a lock of the short codes leaves recovery codes as a way in. */
export const CODE_METHODS = ['totp', 'recovery_code'] as const;
type CodeMethod = (typeof CODE_METHODS)[number];

/**
 * Wrong codes of the second step for one account. Only a person who has given the first proof can raise it, so that its lock may be
 * seen.
 */
export function secondStepCounter(
  { failureKey }: Keys,
  accountId: string,
  method: CodeMethod,
): VisibleCounter {
  return keyedIndex(failureKey, `second-step:${method}:${accountId}`) as VisibleCounter;
}

interface OwnBrowser {
  readonly accountId: string;
  readonly method: CodeMethod;
  readonly browser: Buffer;
  readonly generation: number;
}

/** The same in one browser of the owner. */
export function ownBrowserCounter(
  { failureKey }: Keys,
  { accountId, method, browser, generation }: OwnBrowser,
): VisibleCounter {
  const own = `${browser.toString('hex')}:${String(generation)}`;
  return keyedIndex(failureKey, `second-step:${method}:${accountId}:${own}`) as VisibleCounter;
}
