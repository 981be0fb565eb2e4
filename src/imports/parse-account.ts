import {
  type AttributeValue,
  checkImportedValues,
  type CheckedValue,
  type ImportedValue,
} from '../vault/index.ts';
import type { Languages } from '../platform/languages.ts';
import type { Problem } from './import-record.ts';
import { COMPANION_CLAIMS, type ClaimCatalogue } from '../scopes/index.ts';

/** Fields of a record that are not values of the person. */
export const SETTINGS_OF_ACCOUNT: ReadonlySet<string> = new Set([
  'id',
  'status',
  'status_reason',
  'language',
  'password_hash',
  'created_at',
  ...COMPANION_CLAIMS,
]);

/** A valid account, as it will be created. */
export interface ImportedAccount {
  /** Its id in the other system. */
  readonly externalId: string | null;
  readonly status: 'active' | 'suspended' | 'blocked';
  readonly statusReason: string | null;
  readonly language: string | null;
  readonly createdAt: Date | null;
  readonly passwordHash: string | null;
  readonly values: readonly CheckedValue[];
}

interface ParseDeps {
  readonly claims: ClaimCatalogue;
  readonly isImportableHash: (hash: string) => boolean;
  readonly languages: Pick<Languages, 'installed'>;
  readonly now: Date;
}

type Fields = Readonly<Record<string, unknown>>;
type Note = (field: string | null, code: string) => null;

const LONGEST_ID = 200;
const LONGEST_REASON = 500;
const STATUSES = ['active', 'suspended', 'blocked'] as const;

/** Parses one record, or returns all of its faults. */
export function parseAccount(
  deps: ParseDeps,
  fields: Fields,
): { readonly account: ImportedAccount } | { readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const note: Note = (field, code) => {
    problems.push({ field, code });
    return null;
  };
  const settings = parseSettings(deps, fields, note);
  const { given, places } = collectValues(fields, note);
  const result = checkImportedValues(deps.claims, given);
  if ('problems' in result) {
    for (const { index, member, code } of result.problems) {
      note([places[index], member].filter((part) => typeof part === 'string').join('.'), code);
    }
    return { problems };
  }
  if (problems.length === 0 && !result.checked.some(({ identifier }) => isAddress(identifier))) {
    note(null, 'no_way_to_sign_in');
  }
  return problems.length > 0 ? { problems } : { account: { ...settings, values: result.checked } };
}

// A username alone is not sufficient, because no code can be sent to it.
function isAddress(identifier: CheckedValue['identifier']): boolean {
  return identifier !== null && identifier.kind !== 'username';
}

function parseSettings(
  { isImportableHash, languages, now }: ParseDeps,
  fields: Fields,
  note: Note,
): Omit<ImportedAccount, 'values'> {
  const text = (name: string, longest: number): string | null => {
    const value = fields[name];
    if (value === undefined || value === null || value === '') return null;
    const isId = name === 'id' && typeof value === 'number';
    if (typeof value !== 'string' && !isId) return note(name, 'text_expected');
    return String(value).length > longest ? note(name, 'value_too_long') : String(value);
  };
  const status = text('status', LONGEST_ID) ?? 'active';
  const known = STATUSES.find((candidate) => candidate === status);
  if (known === undefined) note('status', 'status_unknown');
  const statusReason = text('status_reason', LONGEST_REASON);
  if (known === 'blocked' && statusReason === null) note('status_reason', 'reason_required');
  const language = text('language', LONGEST_ID);
  if (language !== null && !languages.installed.includes(language))
    note('language', 'language_unknown');
  const passwordHash = text('password_hash', 1_000);
  if (passwordHash !== null && !isImportableHash(passwordHash))
    note('password_hash', 'password_hash_unknown');
  return {
    externalId: text('id', LONGEST_ID),
    status: known ?? 'active',
    statusReason,
    language,
    createdAt: parseTime(text('created_at', LONGEST_ID), now, note),
    passwordHash,
  };
}

function parseTime(text: string | null, now: Date, note: Note): Date | null {
  if (text === null) return null;
  const time = new Date(text);
  const isDate =
    /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/.test(text);
  if (!isDate || Number.isNaN(time.getTime())) return note('created_at', 'time_invalid');
  return time > now ? note('created_at', 'time_in_future') : time;
}

interface Collected {
  readonly given: readonly ImportedValue[];
  /** Where each of them is in the record. */
  readonly places: readonly string[];
}

function collectValues(fields: Fields, note: Note): Collected {
  const given: ImportedValue[] = [];
  const places: string[] = [];
  for (const [claim, content] of Object.entries(fields)) {
    if (SETTINGS_OF_ACCOUNT.has(claim) || content === null) continue;
    const all: readonly unknown[] = Array.isArray(content) ? content : [content];
    for (const [index, one] of all.entries()) {
      const place = index === 0 ? claim : `${claim}.${String(index + 1)}`;
      const verified = index === 0 ? fields[`${claim}_verified`] : undefined;
      const value = parseValue(one, { claim, verified, note, place });
      if (value === null) continue;
      given.push(value);
      places.push(place);
    }
  }
  return { given, places };
}

interface ValueContext {
  readonly claim: string;
  /** The value of `email_verified` and similar fields. */
  readonly verified: unknown;
  readonly note: Note;
  readonly place: string;
}

/** A text, an address, or either with its label and proof: `{ "value": ..., "label": ..., "verified": ... }`. */
function parseValue(content: unknown, context: ValueContext): ImportedValue | null {
  const { claim, note, place } = context;
  const wrapped = isObject(content) && 'value' in content ? content : { value: content };
  const {
    value,
    label,
    verified = context.verified,
    ...rest
  } = wrapped as Fields & { value: unknown };
  if (Object.keys(rest).length > 0) return note(place, 'field_unknown');
  if (!isAttributeValue(value)) return note(place, 'value_invalid');
  if (label !== undefined && label !== null && typeof label !== 'string') {
    return note(`${place}.label`, 'text_expected');
  }
  const isVerified = parseBoolean(verified);
  if (isVerified === null) return note(`${place}.verified`, 'boolean_expected');
  return { claim, value, label: label ?? null, isVerified };
}

function isObject(content: unknown): content is Fields {
  return typeof content === 'object' && content !== null && !Array.isArray(content);
}

function isAttributeValue(value: unknown): value is AttributeValue {
  if (isObject(value)) return Object.values(value).every((member) => typeof member === 'string');
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

const YES = new Set(['true', 'yes', 't', '1']);
const NO = new Set(['', 'false', 'no', 'f', '0']);

function parseBoolean(value: unknown): boolean | null {
  if (value === undefined || value === null) return false;
  if (typeof value === 'boolean') return value;
  const text =
    typeof value === 'string' || typeof value === 'number' ? String(value).toLowerCase() : '?';
  if (YES.has(text)) return true;
  return NO.has(text) ? false : null;
}
