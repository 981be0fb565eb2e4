import { checkUrl, cleanLine, isCalendarDate } from '../../platform/clean-text.ts';
import { type ClaimRules, matchesPattern, type StandardClaim } from '../../scopes/index.ts';
import type { AttributeValue } from './attribute.ts';

type Checked = { readonly value: AttributeValue } | { readonly code: string };

// Numbers as people type them: up to 15 digits on each side, with a point or a comma.
const NUMBER = /^[+-]?\d{1,15}(?:[.,]\d{1,15})?$/;

/**
 * A value of a claim that an administrator defined, as it is stored: a number, a boolean, or text. Forms send everything as
 * text, so text that spells a number or a boolean is read as one.
 */
export function checkCustomValue(definition: StandardClaim, value: AttributeValue): Checked {
  if (typeof value === 'object') return { code: 'value_invalid' };
  const { kind, rules, maxLength } = definition;
  if (kind === 'number') return checkNumber(rules, value);
  if (kind === 'boolean') return checkBoolean(value);
  if (typeof value !== 'string') return { code: 'value_invalid' };
  const cleaned = cleanLine(value, maxLength);
  if ('code' in cleaned) return cleaned;
  if (kind === 'url') {
    const url = checkUrl(cleaned.text);
    return 'code' in url ? url : { value: url.text };
  }
  if (kind === 'date') return checkDate(rules, cleaned.text);
  if (kind === 'choice') return checkChoice(rules, cleaned.text);
  return checkText(rules, cleaned.text);
}

function checkText({ minLength = 1, pattern }: ClaimRules, text: string): Checked {
  if ([...text].length < minLength) return { code: 'value_too_short' };
  const fits = pattern === undefined || matchesPattern(pattern, text);
  return fits ? { value: text } : { code: 'value_form_wrong' };
}

function checkNumber(rules: ClaimRules, value: string | number | boolean): Checked {
  const number = toNumber(value);
  if (number === undefined) return { code: 'value_required' };
  // This form of the comparison also refuses NaN.
  if (number === null || !(Math.abs(number) <= Number.MAX_SAFE_INTEGER)) {
    return { code: 'number_invalid' };
  }
  const { min = -Infinity, max = Infinity, isWhole = false } = rules;
  if (isWhole && !Number.isInteger(number)) return { code: 'number_not_whole' };
  if (number < min) return { code: 'value_too_small' };
  // -0 becomes 0: JSON distinguishes the two, people do not.
  return number > max ? { code: 'value_too_big' } : { value: number + 0 };
}

function toNumber(value: string | number | boolean): number | undefined | null {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return null;
  const text = value.replace(/[\p{Zs}]/gu, '');
  if (text === '') return undefined;
  return NUMBER.test(text) ? Number(text.replace(',', '.')) : null;
}

function checkBoolean(value: string | number | boolean): Checked {
  if (typeof value === 'boolean') return { value };
  if (value === '') return { code: 'value_required' };
  if (value === 'true' || value === 'false') return { value: value === 'true' };
  return { code: 'value_not_offered' };
}

function checkDate({ earliest = '0000', latest = '9999-99' }: ClaimRules, text: string): Checked {
  if (!isCalendarDate(text)) return { code: 'date_invalid' };
  if (text < earliest) return { code: 'date_too_early' };
  return text > latest ? { code: 'date_too_late' } : { value: text };
}

function checkChoice({ choices = [] }: ClaimRules, text: string): Checked {
  const isOffered = choices.some(({ value }) => value === text);
  return isOffered ? { value: text } : { code: 'value_not_offered' };
}
