import { AppError } from '../../platform/app-error.ts';
import { keyedIndex, type VersionedKey } from '../../platform/keys/encryption.ts';
import type { Database } from '../../platform/postgres/postgres.ts';
import { createPepperStore, type StoredPepper } from './pepper-store.ts';

/** Secrets outside of the database with which passwords are hashed, so that a dump does not suffice for guesses (RFC 9106 §3.1, K). */
export interface PasswordPeppers {
  /** The version for new hashes; null: none. */
  readonly current: number | null;
  readonly keys: readonly VersionedKey[];
}

export const NO_PEPPERS: PasswordPeppers = Object.freeze({ current: null, keys: [] });

interface PepperDeps {
  readonly db: Database;
  readonly peppers: PasswordPeppers;
}

const CHECKED_TEXT = 'check value of a password pepper';
const PREFIX = /^pepper=(\d{1,9})(?=\$)/;

/**
 * Compares the peppers with those of the database, and stores new ones.
 * @throws AppError `password_pepper_wrong`, as {@link checkPeppers}.
 */
export async function registerPeppers({ db, peppers }: PepperDeps): Promise<void> {
  const { keys } = peppers;
  const store = createPepperStore(db);
  if (keys.length > 0) {
    const rows = keys.map(({ version, key }) => ({ version, checkValue: checkValueOf(key) }));
    await store.insertNew(rows);
  }
  await checkPeppers({ db, peppers });
}

/**
 * Without this check, a node whose pepper is lost or wrong would call every password wrong.
 * @returns the versions with which stored passwords are hashed.
 * @throws AppError `password_pepper_wrong` when a pepper differs from the one that was used under its version, or one that is
 *   needed is missing.
 */
export async function checkPeppers({ db, peppers }: PepperDeps): Promise<readonly number[]> {
  const stored = await createPepperStore(db).list();
  for (const pepper of stored) {
    const problem = problemOf(pepper, peppers);
    if (problem === null) continue;
    throw new AppError('unavailable', 'password_pepper_wrong', {
      detail: `PASSWORD_PEPPER: ${problem}`,
    });
  }
  return stored.flatMap(({ version, isUsed }) => (isUsed ? [version] : []));
}

function problemOf(
  { version, checkValue, isUsed }: StoredPepper,
  { keys }: PasswordPeppers,
): string | null {
  const given = keys.find((key) => key.version === version);
  if (given === undefined) {
    return isUsed
      ? `passwords are hashed with key ${String(version)}, which is missing: add it.`
      : null;
  }
  return checkValueOf(given.key).equals(checkValue)
    ? null
    : `key ${String(version)} is not the one with which passwords were hashed: correct it, or give a new key a new version.`;
}

// A keyed hash reveals nothing about 32 random bytes.
function checkValueOf(key: Buffer): Buffer {
  return keyedIndex(key, CHECKED_TEXT);
}

/** A stored hash of this server, without its pepper. */
interface PepperedHash {
  readonly hash: string;
  /** Null: hashed without a pepper. */
  readonly version: number | null;
}

/** Reads the pepper that a stored hash names. */
export function parsePeppered(stored: string): PepperedHash {
  const [prefix = '', version] = PREFIX.exec(stored) ?? [];
  return {
    hash: stored.slice(prefix.length),
    version: version === undefined ? null : Number(version),
  };
}

/** The stored form of a hash. */
export function formatPeppered({ hash, version }: PepperedHash): string {
  return version === null ? hash : `pepper=${String(version)}${hash}`;
}
