import type { SettingGroup } from './config-groups.ts';
import type { MasterKey } from '../platform/keys/keyring.ts';

/** One environment variable: its parser, its meaning, and its text in the documents. */
export interface Setting<T> {
  readonly group: SettingGroup;
  /** Shown in the documentation, for example "whole number, 1 to 100". */
  readonly type: string;
  readonly fallback: T;
  /** How the documentation shows the default. */
  readonly fallbackText: string;
  readonly description: string;
  /** Secrets are never printed, and `<NAME>_FILE` may name a file that holds the value. */
  readonly isSecret: boolean;
  /** @throws Error whose message completes "<NAME> ...". */
  parse(text: string): T;
}

/** The part of a setting that every kind needs. */
export type SettingWords = Pick<Setting<unknown>, 'group' | 'description'>;

const KEY_BYTES = 32;
/** Characters of a secret that is given as text. */
export const SHORTEST_SECRET = 32;

/** A setting that may be absent (null). */
export function optional<T>(
  type: string,
  parse: (text: string) => T,
  words: SettingWords & Pick<Setting<unknown>, 'fallbackText'>,
): Setting<T | null> {
  return { ...words, type, fallback: null, isSecret: false, parse };
}

/** The same setting, never printed and also readable from a file. */
export function secret<T>(setting: Setting<T>): Setting<T> {
  return { ...setting, isSecret: true };
}

/** Any text. */
export function text(fallback: string, words: SettingWords): Setting<string> {
  return {
    ...words,
    type: 'text',
    fallback,
    fallbackText: `\`${fallback}\``,
    isSecret: false,
    parse: parseText,
  };
}

/** `true` or `false`. */
export function flag(fallback: boolean, words: SettingWords): Setting<boolean> {
  return {
    ...words,
    type: '`true` or `false`',
    fallback,
    fallbackText: `\`${String(fallback)}\``,
    isSecret: false,
    parse: parseFlag,
  };
}

/** Items with a comma between them. */
export function list<T>(
  parseItem: (text: string) => T,
  words: SettingWords,
): Setting<readonly T[]> {
  const parse = (value: string): readonly T[] => splitList(value).map(parseItem);
  return {
    ...words,
    type: 'list, comma between',
    fallback: [],
    fallbackText: 'none',
    isSecret: false,
    parse,
  };
}

/** One of a few words. */
export function choice<const T extends string>(
  choices: readonly T[],
  fallback: NoInfer<T>,
  words: SettingWords,
): Setting<T> {
  const names = choices.map((name) => `\`${name}\``).join(', ');
  const parse = (value: string): T => {
    const found = choices.find((name) => name === value);
    if (found === undefined) throw new Error(`must be one of ${choices.join(', ')}`);
    return found;
  };
  return {
    ...words,
    type: `one of ${names}`,
    fallback,
    fallbackText: `\`${fallback}\``,
    isSecret: false,
    parse,
  };
}

/** A whole number within a range. */
export function integer(
  range: { fallback: number; min: number; max: number },
  words: SettingWords,
): Setting<number> {
  const { fallback, min, max } = range;
  const type = `whole number, ${String(min)} to ${String(max)}`;
  const parse = (value: string): number => {
    const number = /^\d{1,12}$/.test(value) ? Number(value) : Number.NaN;
    if (!(number >= min && number <= max)) throw new Error(`must be a ${type}`);
    return number;
  };
  return {
    ...words,
    type,
    fallback,
    fallbackText: `\`${String(fallback)}\``,
    isSecret: false,
    parse,
  };
}

/** A whole number within a range, or absent (null). */
export function integerOr(
  range: { min: number; max: number },
  words: SettingWords & Pick<Setting<unknown>, 'fallbackText'>,
): Setting<number | null> {
  const { type, parse } = integer({ ...range, fallback: range.min }, words);
  return optional(type, parse, words);
}

/** Takes the text as it is. */
export function parseText(value: string): string {
  return value;
}

/** Reads `true` or `false`. */
export function parseFlag(value: string): boolean {
  if (value === 'true') return true;
  if (value === 'false') return false;
  throw new Error('must be true or false');
}

function splitList(value: string): readonly string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** Reads 32 bytes of base64. */
export function parseKey(value: string): Buffer {
  const key = Buffer.from(value, 'base64');
  const isCanonical = key.toString('base64').replace(/=+$/, '') === value.replace(/=+$/, '');
  if (!isCanonical || key.length !== KEY_BYTES)
    throw new Error(`must be ${String(KEY_BYTES)} bytes in base64`);
  return key;
}

/** Reads `version:key` or `version:kms:wrapped key` items, the one that seals first. */
export function parseMasterKeys(value: string): readonly MasterKey[] {
  const keys = splitList(value).map(parseMasterKey);
  if (keys.length === 0) throw new Error('must hold at least one key');
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
    throw new Error('must hold base64 of what "consentry keys new" printed after "kms:"');
  return { version: Number(version), wrapped };
}

/** Checks that a secret is long enough. */
export function parseLongText(value: string): string {
  if (value.length < SHORTEST_SECRET)
    throw new Error(`must have at least ${String(SHORTEST_SECRET)} characters`);
  return value;
}

/** Reads several secrets. */
export function parseSecretList(value: string): readonly string[] {
  const secrets = splitList(value).map(parseLongText);
  if (secrets.length === 0) throw new Error('must hold at least one value');
  return secrets;
}
