import { hash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import {
  CHECKSUM_BYTES,
  openPasswordList,
  type PasswordList,
} from '../../../views/assets/password-list.js';
import { AppError } from '../../platform/app-error.ts';

/** Passwords that attackers try first, because they are in published lists. */
export interface BreachedPasswords {
  /** The number of passwords. */
  readonly count: number;
  /** Browsers can load the same list: it is a file of the pages. */
  readonly isShipped: boolean;
  /** Is the text in the list? Wrong with a probability below 0.0004 % for a text that is not. */
  has(text: string): boolean;
}

/** The list of `@zxcvbn-ts/language-common` (MIT), built by scripts/common-passwords.ts. */
export const SHIPPED_LIST = fileURLToPath(
  new URL('../../../views/assets/common-passwords.pwlist', import.meta.url),
);

/**
 * Reads a list that `consentry passwords build-list` made; null: the shipped one. It stays in memory, with 3.1 bytes per password.
 * @throws AppError `breached_passwords_unreadable`: a server without its list would accept every known password.
 */
export async function openBreachedPasswords(file: string | null): Promise<BreachedPasswords> {
  const list = await readList(file ?? SHIPPED_LIST);
  return Object.freeze({
    count: list.count,
    isShipped: file === null,
    has: (text: string) => list.has(hash('sha1', text, 'buffer')),
  });
}

async function readList(file: string): Promise<PasswordList> {
  try {
    const bytes = await readFile(file);
    const list = openPasswordList(bytes);
    const content = bytes.subarray(0, -CHECKSUM_BYTES);
    const isIntact = timingSafeEqual(checksumOf(content), bytes.subarray(-CHECKSUM_BYTES));
    if (!isIntact) throw new Error('its checksum is wrong');
    return list;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new AppError('unavailable', 'breached_passwords_unreadable', {
      cause: error,
      detail: `BREACHED_PASSWORDS: ${file} cannot be used (${code ?? message}): make it with "consentry passwords build-list".`,
    });
  }
}

/** The checksum at the end of a list. */
export function checksumOf(content: Buffer): Buffer {
  return hash('sha256', content, 'buffer');
}
