import fc from 'fast-check';

import { API_DOCUMENT, type Operation } from '../../support/http/contract.ts';

type Schema = Readonly<Record<string, unknown>>;

/** One request to one operation, with generated valid or invalid input. */
export interface ApiRequest {
  readonly method: string;
  readonly template: string;
  readonly operationId: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: readonly (readonly [string, string])[];
  readonly body: { readonly type: string; readonly text: string } | null;
}

/** Part of each invalid text: a response that contains it reflects input. */
export const MARKER = 'mrkr\u2020<i>"\'';

const HOSTILE = fc.constantFrom(
  MARKER,
  `${MARKER}\u0000`,
  `../${MARKER}`,
  `%00%2f${MARKER}`,
  `${'x'.repeat(3_000)}${MARKER}`,
  `\u202e${MARKER}`,
  `{{7*7}}\${7*7}${MARKER}`,
  `' or 1=1 --${MARKER}`,
  `1e309`,
  `-1`,
  `\ud800`,
  '',
);

const OPERATIONS = Object.entries(API_DOCUMENT.paths).flatMap(([template, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method, template, operation })),
);

/** Number of operations in the OpenAPI document. */
export const OPERATION_COUNT = OPERATIONS.length;

export interface RequestSources {
  /** Existing identifiers of all people and apps. */
  readonly ids: readonly string[];
  /** Operations that receive no existing identifier and are called only anonymously. */
  readonly spared: ReadonlySet<string>;
}

/** Requests to any operation: most match its schemas partly, some completely, some not at all. */
export function apiRequests({ ids, spared }: RequestSources): fc.Arbitrary<ApiRequest> {
  return fc.oneof(
    ...OPERATIONS.map(({ method, template, operation }) => {
      const known = spared.has(operation.operationId) ? [] : ids;
      return fc.record({
        method: fc.constant(method),
        template: fc.constant(template),
        operationId: fc.constant(operation.operationId),
        params: paramsOf(operation, known),
        query: queryOf(operation),
        body: bodyOf(operation, known),
      });
    }),
  );
}

function paramsOf(operation: Operation, ids: readonly string[]) {
  const named = operation.parameters.filter(({ in: place }) => place === 'path');
  return fc.record(
    Object.fromEntries(
      named.map(({ name, schema }) => [
        name,
        fc.oneof(
          ...(ids.length === 0 ? [] : [{ weight: 6, arbitrary: fc.constantFrom(...ids) }]),
          { weight: 3, arbitrary: valueOf(schema as Schema, ids).map(String) },
          { weight: 1, arbitrary: HOSTILE },
        ),
      ]),
    ),
  );
}

function queryOf(operation: Operation): fc.Arbitrary<readonly (readonly [string, string])[]> {
  const named = operation.parameters.filter(({ in: place }) => place === 'query');
  const pairs = named.map(({ name, schema }) =>
    fc
      .oneof(
        { weight: 4, arbitrary: valueOf(schema as Schema, []).map(String) },
        { weight: 1, arbitrary: HOSTILE },
      )
      .map((value) => [name, value] as const),
  );
  const strange = fc.tuple(fc.constant('strange'), HOSTILE);
  return fc.oneof(
    {
      weight: 8,
      arbitrary:
        pairs.length === 0
          ? fc.constant([])
          : fc.subarray(pairs).chain((chosen) => fc.tuple(...chosen)),
    },
    { weight: 1, arbitrary: fc.array(fc.oneof(strange, ...pairs), { maxLength: 5 }) },
  );
}

function bodyOf(operation: Operation, ids: readonly string[]): fc.Arbitrary<ApiRequest['body']> {
  const [type, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  if (type === undefined || content === undefined)
    return fc.constantFrom(null, null, null, { type: 'application/json', text: `"${MARKER}"` });
  if (!type.includes('json'))
    return fc.string({ maxLength: 200 }).map((text) => ({ type, text: `${text}${MARKER}` }));
  const value = valueOf(content.schema as Schema, ids);
  return fc.oneof(
    { weight: 8, arbitrary: value.map((each) => ({ type, text: JSON.stringify(each) })) },
    { weight: 2, arbitrary: spoiled(value).map((each) => ({ type, text: JSON.stringify(each) })) },
    { weight: 1, arbitrary: HOSTILE.map((text) => ({ type, text })) },
    { weight: 1, arbitrary: HOSTILE.map((text) => ({ type: 'text/plain', text })) },
  );
}

/** The same object with one replaced or one additional member. */
function spoiled(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc
    .tuple(
      value,
      fc.nat(20),
      fc.oneof(HOSTILE, fc.jsonValue(), fc.constant({ deep: { [MARKER]: MARKER } })),
    )
    .map(([object, at, other]) => {
      if (typeof object !== 'object' || object === null) return other;
      const names = [...Object.keys(object), 'strange'];
      return { ...object, [names[at % names.length] ?? 'strange']: other };
    });
}

/** A value that matches the supported keywords of a schema. */
function valueOf(schema: Schema, ids: readonly string[]): fc.Arbitrary<unknown> {
  if (Array.isArray(schema['enum'])) return fc.constantFrom(...(schema['enum'] as unknown[]));
  if ('const' in schema) return fc.constant(schema['const']);
  const variants = (schema['anyOf'] ?? schema['oneOf']) as Schema[] | undefined;
  if (variants !== undefined) return fc.oneof(...variants.map((one) => valueOf(one, ids)));
  switch (schema['type']) {
    case 'string':
      return textOf(schema, ids);
    case 'integer':
      return fc.integer(rangeOf(schema));
    case 'number':
      return fc.double({ ...rangeOf(schema), noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(valueOf(schema['items'] as Schema, ids), { maxLength: 4 });
    case 'object':
      return objectOf(schema, ids);
    default:
      return fc.jsonValue();
  }
}

function rangeOf(schema: Schema): { readonly min: number; readonly max: number } {
  const { minimum = -1_000, maximum = 1_000 } = schema as { minimum?: number; maximum?: number };
  return { min: Math.max(minimum, -1e9), max: Math.min(maximum, 1e9) };
}

function textOf(schema: Schema, ids: readonly string[]): fc.Arbitrary<string> {
  const { format, maxLength = 100 } = schema as { format?: string; maxLength?: number };
  if (format === 'uuid') {
    const known = ids.filter((id) => /^[0-9a-f-]{36}$/.test(id));
    return known.length === 0 ? fc.uuid() : fc.oneof(fc.constantFrom(...known), fc.uuid());
  }
  if (format === 'date-time')
    return fc
      .date({ min: new Date(0), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true })
      .map((date) => date.toISOString());
  const words = fc.constantFrom(
    'email',
    'name',
    'https://app.example/callback',
    'ana@fuzzed.example',
    'openid',
    'reading-lists',
    'custom_detail',
    'urn:x:y',
  );
  const plain = fc.string({ maxLength: Math.min(maxLength, 60), unit: 'grapheme' });
  return fc
    .oneof(words, plain, fc.string({ maxLength: 12 }))
    .map((text) => text.slice(0, maxLength));
}

function objectOf(schema: Schema, ids: readonly string[]): fc.Arbitrary<unknown> {
  const members = (schema['properties'] ?? {}) as Readonly<Record<string, Schema>>;
  const requiredKeys = (schema['required'] ?? []) as string[];
  const [pattern] = Object.values((schema['patternProperties'] ?? {}) as Record<string, Schema>);
  if (pattern !== undefined) {
    const keys = fc.constantFrom('name', 'nickname', 'address', 'kty', 'custom_detail', 'email');
    return fc.dictionary(keys, valueOf(pattern, ids), { maxKeys: 4 });
  }
  return fc.record(
    Object.fromEntries(Object.entries(members).map(([name, one]) => [name, valueOf(one, ids)])),
    { requiredKeys },
  );
}
