import { AppError } from '../../platform/app-error.ts';

/** A JSON value (RFC 8259). */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue };

/** Names one record of one account. */
export interface RecordRef {
  readonly accountId: string;
  readonly namespace: string;
  readonly key: string;
}

/** A key with a JSON value that an app stores with a person. */
export interface RecordEntry {
  /** For URLs that must not contain the key. */
  readonly id: string;
  readonly namespace: string;
  readonly key: string;
  readonly value: JsonValue;
  /** New with every change. */
  readonly version: string;
  /** The app that wrote it last; null: the person. */
  readonly changedBy: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** The state that a change expects, so that no other change is lost (RFC 9110 §13.1). */
export type Expected =
  | { readonly kind: 'anything' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'present' }
  | { readonly kind: 'version'; readonly version: string };

/** Limits of one account. */
export const RECORD_LIMITS = {
  keyLength: 128,
  valueBytes: 16 * 1024,
  depth: 20,
  perNamespace: 200,
  perAccount: 1_000,
} as const;

/** The shape of a key. */
export const RECORD_KEY = /^[\w.~:@-]{1,128}$/;

/** @throws AppError `record_invalid` with field `key`. */
export function checkKey(key: string): string {
  if (!RECORD_KEY.test(key)) throw invalid({ key: 'record_key_invalid' });
  return key;
}

/** @throws AppError `record_invalid` with field `value`: too big, too deep, or with a member name that is dangerous for programs. */
export function checkRecordValue(value: JsonValue): JsonValue {
  // The depth is checked first, because the other checks are recursive.
  const problem = problemOf(value, RECORD_LIMITS.depth);
  if (problem !== null) throw invalid({ value: problem });
  if (Buffer.byteLength(JSON.stringify(value)) > RECORD_LIMITS.valueBytes) {
    throw invalid({ value: 'record_too_big' });
  }
  return value;
}

function problemOf(value: JsonValue, depthLeft: number): string | null {
  if (typeof value !== 'object' || value === null) return null;
  if (depthLeft === 0) return 'record_too_deep';
  // In programs that copy members one by one this name changes the prototype of an object.
  if (Object.hasOwn(value, '__proto__')) return 'record_name_refused';
  for (const member of Object.values<JsonValue>(value)) {
    const problem = problemOf(member, depthLeft - 1);
    if (problem !== null) return problem;
  }
  return null;
}

function invalid(fields: Record<string, string>): AppError {
  return new AppError('invalid', 'record_invalid', { fields });
}
