import type { TSchema } from 'typebox';

import { compileOutput } from './input-validation.ts';
import { keywordsOf } from './schema-copy.ts';

/** Removes the members of a value that its schema does not declare. */
type Trim = (value: unknown) => unknown;

/**
 * Makes the last check of the JSON API: keeps declared fields only and throws for values that do not fit.
 * @throws Error (a defect of ours, answered with 500) from the returned function when the value does not fit.
 */
export function createResponseTrimmer(schema: TSchema, operationId: string): Trim {
  const trim = trimmerOf(schema);
  const fits = compileOutput(schema);
  return (value) => {
    const trimmed = trim(value);
    if (fits(trimmed)) return trimmed;
    throw new Error(`the response of ${operationId} does not fit its schema`);
  };
}

function trimmerOf(schema: TSchema): Trim {
  const node = keywordsOf(schema);
  const variants = (node['anyOf'] ?? node['oneOf']) as TSchema[] | undefined;
  if (variants !== undefined) return firstFitting(variants);
  if (isRecord(node['patternProperties'])) {
    return matchingOnly(
      (node['properties'] ?? {}) as Record<string, TSchema>,
      node['patternProperties'] as Record<string, TSchema>,
    );
  }
  if (isRecord(node['properties']))
    return declaredOnly(node['properties'] as Record<string, TSchema>);
  if (isRecord(node['items'])) {
    const trimItem = trimmerOf(node['items']);
    return (value) => (Array.isArray(value) ? value.map(trimItem) : value);
  }
  return (value) => (value instanceof Date ? value.toISOString() : value);
}

function declaredOnly(properties: Record<string, TSchema>): Trim {
  const trims = Object.entries(properties).map(
    ([name, schema]) => [name, trimmerOf(schema)] as const,
  );
  return (value) => {
    if (!isRecord(value)) return value;
    const kept: Record<string, unknown> = {};
    for (const [name, trim] of trims) {
      if (value[name] !== undefined) kept[name] = trim(value[name]);
    }
    return kept;
  };
}

function matchingOnly(
  properties: Record<string, TSchema>,
  patterns: Record<string, TSchema>,
): Trim {
  const named = Object.entries(properties).map(
    ([name, schema]) => [{ test: (other: string) => other === name }, trimmerOf(schema)] as const,
  );
  const matched = Object.entries(patterns).map(
    ([pattern, schema]) => [new RegExp(pattern, 'u'), trimmerOf(schema)] as const,
  );
  const trims = [...named, ...matched];
  return (value) => {
    if (!isRecord(value)) return value;
    const kept: Record<string, unknown> = {};
    for (const [name, entry] of Object.entries(value)) {
      const match = trims.find(([pattern]) => pattern.test(name));
      if (match !== undefined && entry !== undefined) kept[name] = match[1](entry);
    }
    return kept;
  };
}

function firstFitting(variants: readonly TSchema[]): Trim {
  const choices = variants.map((variant) => ({
    trim: trimmerOf(variant),
    fits: compileOutput(variant),
  }));
  return (value) => {
    for (const { trim, fits } of choices) {
      const trimmed = trim(value);
      if (fits(trimmed)) return trimmed;
    }
    return undefined;
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
  );
}
