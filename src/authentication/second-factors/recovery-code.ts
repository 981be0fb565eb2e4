import { randomInt } from 'node:crypto';

import { keyedIndex } from '../../platform/keys/encryption.ts';

/** How many codes a set has. */
export const RECOVERY_CODES = 10;

// Without letters and digits that look alike. 24 characters are 118 bits: OWASP ASVS 5.0 §6.5.2 requires a slow hash below 112.
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';
const CHARACTERS = 24;
const GROUP = 6;

/** A set of new codes, in groups that a person can type, for example `k7mq2x-9fh3wa-b4nd8e-tz6vrc`. */
export function createRecoveryCodes(): readonly string[] {
  return Array.from({ length: RECOVERY_CODES }, createCode);
}

function createCode(): string {
  const characters = Array.from({ length: CHARACTERS }, () => ALPHABET[randomInt(ALPHABET.length)]);
  return characters.join('').replace(new RegExp(`(.{${String(GROUP)}})(?=.)`, 'g'), '$1-');
}

/** The form in which a code is stored. Case, spaces and hyphens do not matter. */
export function recoveryCodeIndex(key: Buffer, accountId: string, code: string): Buffer {
  const typed = code.toLowerCase().replace(/[\s-]/g, '');
  return keyedIndex(key, `${accountId}:${typed}`);
}
