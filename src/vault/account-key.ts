import { randomBytes } from 'node:crypto';

import { createSealer, type Sealer } from '../platform/encryption.ts';

const KEY_BYTES = 32;

/** A new random data key for one account, wrapped by the master key and bound to the account. */
export function wrapNewKey(masterSealer: Sealer, accountId: string): Buffer {
  return masterSealer.seal(randomBytes(KEY_BYTES), keyContext(accountId));
}

/** Seals and opens the values of one account. @throws Error when the key belongs to another account. */
export function openAccountSealer(
  masterSealer: Sealer,
  accountId: string,
  wrappedKey: Buffer,
): Sealer {
  const key = masterSealer.open(wrappedKey, keyContext(accountId));
  return createSealer([{ version: 1, key }]);
}

/** The place a value is bound to: moved to another row, claim or account it does not open. */
export function valueContext(row: {
  accountId: string;
  attributeId: string;
  claim: string;
}): string {
  return `attributes:sealed_value:${row.accountId}:${row.attributeId}:${row.claim}`;
}

/** The place an account's key is wrapped for. */
export function keyContext(accountId: string): string {
  return `account_keys:wrapped_key:${accountId}`;
}
