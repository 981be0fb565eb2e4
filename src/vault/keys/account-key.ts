import { randomBytes } from 'node:crypto';

import { createSealer, unlessKeyIsGone, type Sealer } from '../../platform/keys/encryption.ts';
import type { LeafKeys } from '../../platform/keys/key-store.ts';
import { oncePerRequest } from './once-per-request.ts';

const KEY_BYTES = 32;

/** The keys that wrap the keys of accounts. */
export interface KeyWrapping {
  /** Over the master keys: for keys that were made before there was a key store. */
  readonly masterSealer: Sealer;
  readonly leaves: LeafKeys;
}

/** An account's data key as it is stored. */
export interface WrappedAccountKey {
  readonly wrappedKey: Buffer;
  /** The leaf of the key tree that wraps it; null: a master key does. */
  readonly leaf: number | null;
}

/** The account of a key, and the leaf that wraps it. */
interface AccountLeaf {
  readonly accountId: string;
  readonly leaf: number | null;
}

/** A new random data key for one account, wrapped and bound to the account. */
export function wrapNewKey(wrapping: KeyWrapping, account: AccountLeaf): WrappedAccountKey {
  return wrapKey(wrapping, account, randomBytes(KEY_BYTES));
}

/** The same data key under another leaf. @throws UnknownKeyError when the key that wraps it no longer exists here. */
export function rewrapKey(
  wrapping: KeyWrapping,
  account: AccountLeaf,
  { wrappedKey, leaf }: WrappedAccountKey,
): WrappedAccountKey {
  const key = wrapperOf(wrapping, leaf).open(wrappedKey, keyContext(account.accountId));
  return wrapKey(wrapping, account, key);
}

function wrapKey(
  wrapping: KeyWrapping,
  { accountId, leaf }: AccountLeaf,
  key: Buffer,
): WrappedAccountKey {
  return { wrappedKey: wrapperOf(wrapping, leaf).seal(key, keyContext(accountId)), leaf };
}

/**
 * Seals and opens the values of one account. The key is unwrapped once per request. Null when the leaf was destroyed:
 * the row of an older copy of the database cannot be opened. @throws Error when the key belongs to another account.
 */
export function openAccountSealer(
  wrapping: KeyWrapping,
  accountId: string,
  { wrappedKey, leaf }: WrappedAccountKey,
): Sealer | null {
  const context = keyContext(accountId);
  return oncePerRequest(context, wrappedKey, () => {
    const open = (): Buffer => wrapperOf(wrapping, leaf).open(wrappedKey, context);
    const key = leaf === null ? open() : unlessKeyIsGone(open);
    return key === null ? null : createSealer([{ version: 1, key }]);
  });
}

function wrapperOf({ masterSealer, leaves }: KeyWrapping, leaf: number | null): Sealer {
  return leaf === null ? masterSealer : leaves.sealerOf(leaf);
}

/** The context for which an account's key is wrapped. */
export function keyContext(accountId: string): string {
  return `account_keys:wrapped_key:${accountId}`;
}
