import { availableParallelism } from 'node:os';

import argon2 from 'argon2';

import { createSlots } from '../../platform/slots.ts';
import { checkImportedHash } from './check-imported-hash.ts';
import { ARGON2_PARAMETERS as PARAMETERS, parseImportedHash } from './imported-hash.ts';

/** Makes and checks password hashes. The only place that depends on the algorithm. */
export interface PasswordHasher {
  /** @throws AppError `busy`. */
  hash(password: string): Promise<string>;
  /**
   * Compares; without a hash it does the same work on a dummy one (`decoy`, or one of ours) and returns false, so that the time
   * does not reveal whether an account exists. Hashes of other systems are checked by the algorithms of those. @throws AppError `busy`.
   */
  verify(hash: string | null, password: string, decoy?: string | null): Promise<boolean>;
  /** True when the parameters of the hash are not the current ones. */
  needsRehash(hash: string): boolean;
}

interface PasswordHasherOptions {
  /** Hashes at the same time. Default and maximum: one less than the number of cores, because the other requests need one. */
  readonly concurrency?: number;
  /** Maximum number of waiting hashes; further ones fail with `busy`. */
  readonly queueLimit?: number;
  /** A hash that waits longer fails with `busy`. */
  readonly waitMs?: number;
}

const DEFAULT_QUEUE_LIMIT = 64;
/** Within the time in which a node answers every request (5 s). */
const DEFAULT_WAIT_MS = 3_000;

/** Creates the hasher of this process. Create only one, because the limits apply to each hasher. */
export function createPasswordHasher(options: PasswordHasherOptions = {}): PasswordHasher {
  const most = Math.max(1, availableParallelism() - 1);
  const slots = createSlots({
    atOnce: Math.max(1, Math.min(options.concurrency ?? most, most)),
    waiting: options.queueLimit ?? DEFAULT_QUEUE_LIMIT,
    waitMs: options.waitMs ?? DEFAULT_WAIT_MS,
  });
  const hash = (password: string) =>
    slots.run(() => argon2.hash(prepare(password), { type: argon2.argon2id, ...PARAMETERS }));
  let dummy: Promise<string> | undefined;
  const dummyHash = () => {
    dummy ??= argon2.hash('a password of no account', { type: argon2.argon2id, ...PARAMETERS });
    return dummy;
  };
  // Created at the start, so that the first unknown address is not slower than the others.
  void dummyHash();

  return Object.freeze({
    hash,
    verify: async (stored: string | null, password: string, decoy: string | null = null) => {
      const target = stored ?? decoy ?? (await dummyHash());
      const isEqual = await slots.run(() => compare(target, password));
      return isEqual && stored !== null;
    },
    needsRehash: (stored: string) =>
      !stored.startsWith(OURS) || argon2.needsRehash(stored, PARAMETERS),
  });
}

const OURS = '$argon2id$';

async function compare(hash: string, password: string): Promise<boolean> {
  if (hash.startsWith(OURS)) return argon2.verify(hash, prepare(password));
  const imported = parseImportedHash(hash);
  if (imported === null) throw new Error('a stored password hash is of no known kind');
  return checkImportedHash(imported, password);
}

/** Passwords that differ only in the Unicode composition of letters are equal (NIST SP 800-63B §3.1.1.2). */
function prepare(password: string): string {
  return password.normalize('NFC');
}
