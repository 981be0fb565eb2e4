import type { MasterKey } from '../platform/keys/keyring.ts';
import { splitList } from './setting.ts';

const KEY_BYTES = 32;
/** Characters of a secret that is given as text. */
export const SHORTEST_SECRET = 32;

/** Reads 32 bytes of base64. */
export function parseKey(value: string): Buffer {
  const key = Buffer.from(value, 'base64');
  const isCanonical = key.toString('base64').replace(/=+$/, '') === value.replace(/=+$/, '');
  if (!isCanonical || key.length !== KEY_BYTES)
    throw new Error(`must be ${String(KEY_BYTES)} bytes in base64: "openssl rand -base64 32"`);
  return key;
}

/** Reads `version:key` or `version:kms:wrapped key` items; the first one seals. */
export function parseMasterKeys(value: string): readonly MasterKey[] {
  const keys = splitList(value).map(parseMasterKey);
  if (keys.length === 0) throw new Error('must contain at least one key');
  if (new Set(keys.map(({ version }) => version)).size !== keys.length)
    throw new Error('must not use a version twice');
  return keys;
}

function parseMasterKey(item: string): MasterKey {
  const [, version, kms, encoded] = /^(\d{1,9}):(kms:)?([^:]+)$/.exec(item) ?? [];
  if (version === undefined || encoded === undefined)
    throw new Error('must look like "1:base64" or "2:base64,1:base64", or "2:kms:base64"');
  if (kms === undefined) return { version: Number(version), key: parseKey(encoded) };
  const wrapped = Buffer.from(encoded, 'base64');
  if (wrapped.length <= KEY_BYTES || wrapped.toString('base64') !== encoded)
    throw new Error('must have the output of "consentry keys new" after "kms:"');
  return { version: Number(version), wrapped };
}

/** Secrets for password hashes. */
interface Peppers {
  /** The version for new hashes; null: none. */
  readonly current: number | null;
  readonly keys: readonly { readonly version: number; readonly key: Buffer }[];
}

/** Reads `version:key` items; the first is for new hashes. `none` in the first place: new hashes use none. */
export function parsePeppers(value: string): Peppers {
  const [first, ...others] = splitList(value);
  const isOff = first === 'none';
  const items = isOff || first === undefined ? others : [first, ...others];
  const keys = items.map(parsePepper);
  if (keys.length === 0) throw new Error('must contain at least one key');
  if (new Set(keys.map(({ version }) => version)).size !== keys.length)
    throw new Error('must not use a version twice');
  return { current: isOff ? null : (keys[0]?.version ?? null), keys };
}

function parsePepper(item: string): { readonly version: number; readonly key: Buffer } {
  const [, version, encoded] = /^(\d{1,9}):([^:]+)$/.exec(item) ?? [];
  if (version === undefined || encoded === undefined)
    throw new Error('must look like "1:base64", "2:base64,1:base64" or "none,1:base64"');
  return { version: Number(version), key: parseKey(encoded) };
}

/** Checks that a secret is long enough. */
export function parseLongText(value: string): string {
  if (value.length < SHORTEST_SECRET)
    throw new Error(
      `must have at least ${String(SHORTEST_SECRET)} characters: "openssl rand -hex 32"`,
    );
  return value;
}

/** Reads several secrets. */
export function parseSecretList(value: string): readonly string[] {
  const secrets = splitList(value).map(parseLongText);
  if (secrets.length === 0) throw new Error('must contain at least one value');
  return secrets;
}
