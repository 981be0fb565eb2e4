import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { Type, type TObject, type TSchema } from 'typebox';

import { AppError } from '../../platform/app-error.ts';
import { requireStorable } from '../bodies/request-body.ts';
import { strictCopy } from './schema-copy.ts';
import type { FormErrors } from './route-types.ts';

/** Checks one part of a request, compiled at its first use: most routes of a node are seldom used. Returns the decoded value; @throws AppError with one stable code per field. */
export type InputCheck = (value: unknown) => unknown;

const exact = createValidation({ coerceTypes: false });
const coercing = createValidation({ coerceTypes: 'array' });

/** For JSON bodies: nothing is coerced, a field that is not declared is refused wherever it stands (mass assignment). */
export function compileBody(schema: TObject): InputCheck {
  return compile(exact, schema, 'body_invalid');
}

/** For query strings: coerced from text; unknown names are refused. */
export function compileQuery(schema: TObject | undefined): InputCheck {
  return compile(coercing, schema ?? Type.Object({}), 'query_invalid');
}

/**
 * For path parameters: coerced from text.
 * @throws (from the returned check) AppError `not_found` with `code`: an address with such a value does not exist.
 */
export function compileParams(
  schema: TObject | undefined,
  code: 'not_found' | 'page_not_found',
): InputCheck {
  const check = compile(coercing, schema ?? Type.Object({}), code);
  return (value) => {
    try {
      requireStorable(value);
      return check(value);
    } catch (cause) {
      throw new AppError('not_found', code, { cause });
    }
  };
}

/** For HTML forms: coerced from text; an empty optional field counts as absent; unknown names are refused. */
export function compileForm(schema: TObject): InputCheck {
  const check = compile(coercing, schema, 'form_invalid');
  const required = new Set(schema.required ?? []);
  return (value) => {
    const fields = Object.entries(value as Record<string, unknown>);
    return check(
      Object.fromEntries(fields.filter(([name, text]) => text !== '' || required.has(name))),
    );
  };
}

/** For page links: unknown names are dropped, and so is a value of an optional name that does not fit. */
export function compileLooseQuery(schema: TObject | undefined): InputCheck {
  if (schema === undefined) return () => ({});
  const check = compile(coercing, schema, 'query_invalid');
  const known = new Set(Object.keys(schema.properties));
  return (value) => {
    const fields = Object.entries(value as Record<string, unknown>);
    const kept = Object.fromEntries(fields.filter(([name]) => known.has(name)));
    try {
      return check({ ...kept });
    } catch (error) {
      const bad = new Set(
        Object.keys((error as AppError).fields ?? {}).map((name) => name.split('.')[0]),
      );
      return check(Object.fromEntries(Object.entries(kept).filter(([name]) => !bad.has(name))));
    }
  };
}

/** Compiles a check of our own answers; true when the answer fits the schema. */
export function compileOutput(schema: TSchema): (value: unknown) => boolean {
  let validate: ValidateFunction | undefined;
  return (value) => (validate ??= validatorOf(exact, schema))(value);
}

/** Compiles a schema; equal schemas share their validator: of about 750 schemas 154 differ. */
function validatorOf({ ajv, validators }: Validation, schema: TSchema): ValidateFunction {
  const key = JSON.stringify(schema);
  const known = validators.get(key);
  if (known !== undefined) return known;
  const validate = ajv.compile(schema);
  validators.set(key, validate);
  return validate;
}

interface Validation {
  readonly ajv: Ajv2020;
  /** By the text of the schema. */
  readonly validators: Map<string, ValidateFunction>;
}

function createValidation(options: { readonly coerceTypes: false | 'array' }): Validation {
  const ajv = new Ajv2020({
    allErrors: true,
    strict: true,
    strictRequired: false,
    allowUnionTypes: true,
    useDefaults: true,
    ...options,
  });
  addFormats.default(ajv);
  return { ajv, validators: new Map() };
}

/** The code of the answer for an input that does not fit. */
type InputCode = 'body_invalid' | 'query_invalid' | 'form_invalid' | 'not_found' | 'page_not_found';

function compile(validation: Validation, schema: TObject, code: InputCode): InputCheck {
  let validate: ValidateFunction | undefined;
  return (value) => {
    validate ??= validatorOf(validation, strictCopy(schema));
    const isValid = validate(value);
    // ajv accepts `1e309` for a number without limits and coerces it to Infinity.
    const fields = infinities(value);
    if (fields !== undefined) throw new AppError('invalid', code, { fields });
    if (isValid) return value;
    throw new AppError('invalid', code, { fields: fieldErrors(validate.errors ?? []) });
  };
}

function infinities(value: unknown): FormErrors | undefined {
  const names = Object.entries(value as Record<string, unknown>)
    .filter(([, one]) => [one].flat().some((each) => each === Infinity || each === -Infinity))
    .map(([name]) => [name, 'too_big'] as const);
  return names.length === 0 ? undefined : Object.fromEntries(names);
}

const CODES: Readonly<Record<string, string>> = {
  required: 'required',
  additionalProperties: 'unknown_field',
  maxLength: 'too_long',
  minLength: 'too_short',
  pattern: 'bad_format',
  format: 'bad_format',
  enum: 'not_an_option',
  const: 'not_an_option',
  anyOf: 'not_an_option',
  oneOf: 'not_an_option',
  minimum: 'too_small',
  exclusiveMinimum: 'too_small',
  maximum: 'too_big',
  exclusiveMaximum: 'too_big',
  minItems: 'too_few',
  maxItems: 'too_many',
  uniqueItems: 'repeated',
  type: 'wrong_type',
};

const FIELD_LIMIT = 50;

function fieldErrors(errors: readonly ErrorObject[]): FormErrors {
  // Without a prototype a field called __proto__ is reported like any other.
  const fields = Object.create(null) as Record<string, string>;
  // Errors inside a union are less exact than the union's own, which ajv lists after them.
  const unions = errors.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf');
  for (const error of [...unions, ...errors].slice(0, FIELD_LIMIT)) {
    const name = fieldName(error);
    fields[name] ??= codeOf(error);
  }
  return fields;
}

function fieldName(error: ErrorObject): string {
  const base = error.instancePath.slice(1).replaceAll('/', '.');
  const params = error.params as { missingProperty?: string; additionalProperty?: string };
  const leaf = params.missingProperty ?? params.additionalProperty;
  const name = leaf === undefined ? base : base === '' ? leaf : `${base}.${leaf}`;
  return name === '' ? 'form' : name.slice(0, 100);
}

function codeOf(error: ErrorObject): string {
  const params = error.params as { limit?: number };
  if (error.keyword === 'minLength' && params.limit === 1) return 'required';
  return CODES[error.keyword] ?? 'invalid';
}
