import type { ClaimDefinition } from '../../scopes/index.ts';
import { valueLines } from '../attributes/value-lines.ts';

/** One of the values a person can choose. */
export interface ValueChoice {
  readonly value: string;
  readonly label: string;
}

/** A limit that the form shows as text. */
export interface ValueLimit {
  readonly kind: 'minLength' | 'min' | 'max' | 'whole' | 'earliest' | 'latest';
  readonly value: string;
}

/** The choices of a form for a value of a list; empty for every other kind. */
export function choicesOf(definition: ClaimDefinition, locale: string): readonly ValueChoice[] {
  const choice = (value: string | boolean): ValueChoice => ({
    value: String(value),
    label: valueLines(value, definition, locale)[0] ?? String(value),
  });
  if (definition.kind === 'boolean') return [choice(true), choice(false)];
  return (definition.rules.choices ?? []).map(({ value }) => choice(value));
}

/** The text beside a field of a form, with numbers and dates in the reader's notation. */
export function limitsOf(definition: ClaimDefinition, locale: string): readonly ValueLimit[] {
  const { minLength = 1, min, max, isWhole, earliest, latest } = definition.rules;
  const limit = (kind: ValueLimit['kind'], value: string | number | undefined): ValueLimit[] =>
    value === undefined ? [] : [{ kind, value: valueLines(value, definition, locale)[0] ?? '' }];
  return [
    ...limit('minLength', minLength > 1 ? minLength : undefined),
    ...limit('min', min),
    ...limit('max', max),
    ...limit('whole', isWhole === true ? '' : undefined),
    ...limit('earliest', earliest),
    ...limit('latest', latest),
  ];
}
