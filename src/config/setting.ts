import { Type } from 'typebox';

/** One environment variable: a TypeBox schema with these members. */
export interface Setting {
  readonly description: string;
  /** The default; absent: the setting has no default. */
  readonly default?: string | number | boolean | readonly unknown[];
  /** The text for the default in the documentation, when it is not a fixed value. */
  readonly defaultText?: string;
  /** The text for the format in the documentation, when the schema does not show it. */
  readonly form?: string;
  /** A secret is never printed, and `<NAME>_FILE` may name a file that contains the value. */
  readonly isSecret?: boolean;
  readonly isRequiredInProduction?: boolean;
  /** An earlier name of the variable, which is still read, with a warning. */
  readonly formerName?: string;
  /** @throws Error whose message completes "<NAME> ...". */
  readonly parse?: (text: string) => unknown;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Setting;
}

type Words = Omit<Setting, 'parse' | 'type' | 'enum' | 'minimum' | 'maximum' | 'items'>;

/** A setting whose text is parsed by a function. */
export function parsed<T>(parse: (text: string) => T, words: Words) {
  return Type.Unsafe<T>({ ...words, parse });
}

/** A comma-separated list of items that a function parses. Default: empty. */
export function listOf<T>(parse: (text: string) => T, words: Words) {
  return Type.Array(Type.Unsafe<T>({ parse }), { ...words, default: [] });
}

/** @param range default, minimum and maximum */
export function wholeNumber(
  [value, minimum, maximum]: readonly [number, number, number],
  description: string,
) {
  return Type.Integer({ default: value, minimum, maximum, description });
}

/** @throws Error whose message completes "<NAME> ...". */
export function parseSetting(setting: Setting, text: string): unknown {
  const { parse, items, minimum = -Infinity, maximum = Infinity } = setting;
  if (parse !== undefined) return parse(text);
  if (items !== undefined) return splitList(text).map((item) => parseSetting(items, item));
  if (setting.type === 'boolean' && /^(?:true|false)$/.test(text)) return text === 'true';
  if (setting.type === 'integer' && /^\d{1,12}$/.test(text)) {
    const value = Number(text);
    if (value >= minimum && value <= maximum) return value;
  }
  if (setting.type === 'string' || setting.enum?.includes(text) === true) return text;
  throw new Error(`must be ${formOf(setting).replaceAll('`', '')}`);
}

/** The format of the values, such as "whole number, 1 to 100". */
export function formOf(setting: Setting): string {
  if (setting.form !== undefined) return setting.form;
  if (setting.enum !== undefined)
    return `one of ${setting.enum.map((name) => `\`${name}\``).join(', ')}`;
  if (setting.type === 'boolean') return '`true` or `false`';
  if (setting.type === 'integer')
    return `a whole number from ${String(setting.minimum)} to ${String(setting.maximum)}`;
  return setting.items === undefined ? 'text' : 'comma-separated list';
}

/** The default as the documentation shows it. */
export function defaultTextOf({ default: value, ...setting }: Setting): string {
  const text =
    setting.defaultText ??
    (value === undefined || typeof value === 'object' ? 'none' : `\`${String(value)}\``);
  return setting.isRequiredInProduction === true ? `${text}; required in production` : text;
}

/** The items of a comma-separated list. */
export function splitList(text: string): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
