import { availableParallelism } from 'node:os';

import argon2 from 'argon2';

import { AppError } from '../../platform/app-error.ts';
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
  /**
   * Hashes at the same time. Default and maximum: the number of cores, because more would delay the signing of tokens.
   */
  readonly concurrency?: number;
  /** Maximum number of waiting hashes; further ones fail with `busy`. */
  readonly queueLimit?: number;
}

const DEFAULT_QUEUE_LIMIT = 64;
const RETRY_AFTER_SECONDS = 2;

/** Creates the hasher of this process. Create only one, because the limits apply to each hasher. */
export function createPasswordHasher(options: PasswordHasherOptions = {}): PasswordHasher {
  const cores = availableParallelism();
  const take = createSemaphore({
    concurrency: Math.max(1, Math.min(options.concurrency ?? cores, cores)),
    queueLimit: options.queueLimit ?? DEFAULT_QUEUE_LIMIT,
  });
  const hash = (password: string) =>
    take(() => argon2.hash(prepare(password), { type: argon2.argon2id, ...PARAMETERS }));
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
      const isEqual = await take(() => compare(target, password));
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

interface SemaphoreOptions {
  readonly concurrency: number;
  readonly queueLimit: number;
}

function createSemaphore({ concurrency, queueLimit }: SemaphoreOptions) {
  const waiting: (() => void)[] = [];
  let running = 0;

  return async function take<T>(work: () => Promise<T>): Promise<T> {
    if (running >= concurrency) {
      if (waiting.length >= queueLimit) {
        throw new AppError('unavailable', 'busy', { retryAfterSeconds: RETRY_AFTER_SECONDS });
      }
      // A finished task gives its place to the next one, so `running` does not change.
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
      });
    } else {
      running += 1;
    }
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
