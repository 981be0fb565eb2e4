import { createSealer, deriveKey, fingerprint } from '../../platform/keys/encryption.ts';

/** The random part of a link: 256 bits. */
export const LINK_BYTES = 32;

/** The stored digest of a link. */
export function alertFingerprint(link: string): Buffer {
  return fingerprint(`account-alert:${link}`);
}

/** Encrypts the address of the mail so that the database alone does not reveal it: the key is derived from the link. */
export function sealRecipient(link: string, address: string): Buffer {
  return sealerOf(link).seal(address, CONTEXT);
}

/** @throws Error when the link is not the one of the alert. */
export function openRecipient(link: string, sealed: Buffer): string {
  return sealerOf(link).open(sealed, CONTEXT).toString('utf8');
}

const CONTEXT = 'account_alerts:recipient';

function sealerOf(link: string) {
  return createSealer([{ version: 1, key: deriveKey(Buffer.from(link), 'recipient of an alert') }]);
}
