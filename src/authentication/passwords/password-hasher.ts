import { availableParallelism } from 'node:os';

import argon2 from 'argon2';

import { AppError } from '../../platform/app-error.ts';
import { networksOf } from '../../platform/ip-address.ts';
import { currentRequest } from '../../platform/request-context.ts';
import { createSlots, type Turn } from '../../platform/slots.ts';
import { checkImportedHash } from './check-imported-hash.ts';
import {
  formatPeppered,
  NO_PEPPERS,
  parsePeppered,
  type PasswordPeppers,
} from './password-peppers.ts';
import { ARGON2_PARAMETERS as PARAMETERS, OWN_DECOY, parseImportedHash } from './imported-hash.ts';

/** For whom a hash is made or checked. */
interface HashRequest {
  /**
   * The account knows the browser, or the person is signed in: it has its own places to wait, which a flood of attempts by others
   * cannot fill. Never true for a browser that the account does not know, whether the account exists or not.
   */
  readonly isKnown?: boolean;
}

interface VerifyRequest extends HashRequest {
  /** Compared when there is no hash. Default: one of ours. */
  readonly decoy?: string | null;
}

/**
 * Makes and checks password hashes. The only place that depends on the algorithm. A limited number runs at a time; the networks
 * whose requests wait take turns, so that no network can take the places of others.
 */
export interface PasswordHasher {
  /** @throws AppError `busy`. */
  hash(password: string, request?: HashRequest): Promise<string>;
  /**
   * Compares; without a hash it does the same work on a decoy and returns false, so that the time
   * does not reveal whether an account exists. Hashes of other systems are checked by the algorithms of those. @throws AppError `busy`,
   * `password_pepper_unknown` for a hash with a pepper that this node does not have.
   */
  verify(hash: string | null, password: string, request?: VerifyRequest): Promise<boolean>;
  /** True when the parameters or the pepper of the hash are not the current ones. */
  needsRehash(hash: string): boolean;
}

interface PasswordHasherOptions {
  /** Default: passwords are hashed without a pepper. */
  readonly peppers?: PasswordPeppers;
  /** Hashes at the same time. Default and maximum: one less than the number of cores, because the other requests need one. */
  readonly concurrency?: number;
  /** Maximum number of waiting hashes of unknown browsers; further ones fail with `busy`. Known browsers have a quarter more. */
  readonly queueLimit?: number;
  /** A hash that waits longer fails with `busy`. */
  readonly waitMs?: number;
}

const DEFAULT_QUEUE_LIMIT = 64;
/** Of the places of unknown browsers. */
const PART_FOR_KNOWN = 1 / 4;
/** Within the time in which a node answers every request (5 s). */
const DEFAULT_WAIT_MS = 3_000;

/** Creates the hasher of this process. Create only one, because the limits apply to each hasher. */
export function createPasswordHasher(options: PasswordHasherOptions = {}): PasswordHasher {
  const most = Math.max(1, availableParallelism() - 1);
  const waiting = options.queueLimit ?? DEFAULT_QUEUE_LIMIT;
  const slots = createSlots({
    atOnce: Math.max(1, Math.min(options.concurrency ?? most, most)),
    waiting,
    waitingPreferred: Math.floor(waiting * PART_FOR_KNOWN),
    waitMs: options.waitMs ?? DEFAULT_WAIT_MS,
  });
  const { peppers = NO_PEPPERS } = options;
  const ownDecoy = formatPeppered({ hash: OWN_DECOY, version: peppers.current });
  const hash = (password: string, request: HashRequest = {}) =>
    slots.run(() => hashOurs(peppers, password), turnOf(request));

  return Object.freeze({
    hash,
    verify: async (stored: string | null, password: string, request: VerifyRequest = {}) => {
      const target = stored ?? request.decoy ?? ownDecoy;
      const isEqual = await slots.run(() => compare(peppers, target, password), turnOf(request));
      return isEqual && stored !== null;
    },
    needsRehash: (stored: string) => {
      const { hash, version } = parsePeppered(stored);
      if (version !== peppers.current || !hash.startsWith(OURS)) return true;
      return argon2.needsRehash(hash, PARAMETERS);
    },
  });
}

/** Commands have no request, and one turn together. */
function turnOf({ isKnown = false }: HashRequest): Turn {
  const address = currentRequest()?.ip;
  return { isPreferred: isKnown, ...(address !== undefined && { origin: networksOf(address) }) };
}

const OURS = '$argon2id$';

async function hashOurs(peppers: PasswordPeppers, password: string): Promise<string> {
  const { current: version } = peppers;
  const secret = secretOf(peppers, version);
  const options = { type: argon2.argon2id, ...PARAMETERS, ...secret } as const;
  return formatPeppered({ hash: await argon2.hash(prepare(password), options), version });
}

async function compare(
  peppers: PasswordPeppers,
  stored: string,
  password: string,
): Promise<boolean> {
  const { hash, version } = parsePeppered(stored);
  if (hash.startsWith(OURS))
    return argon2.verify(hash, prepare(password), secretOf(peppers, version));
  const imported = parseImportedHash(hash);
  if (imported === null) throw new Error('a stored password hash is of no known kind');
  return checkImportedHash(imported, password);
}

/** The secret value K of Argon2. @throws AppError `password_pepper_unknown`. */
function secretOf({ keys }: PasswordPeppers, version: number | null): { readonly secret?: Buffer } {
  if (version === null) return {};
  const found = keys.find((key) => key.version === version);
  // Another node uses a new pepper already.
  if (found === undefined) throw new AppError('unavailable', 'password_pepper_unknown');
  return { secret: found.key };
}

/** Passwords that differ only in the Unicode composition of letters are equal (NIST SP 800-63B §3.1.1.2). */
function prepare(password: string): string {
  return password.normalize('NFC');
}
