import { tidyText } from '../../platform/languages.ts';
import { cleanLine, isCalendarDate } from '../../platform/clean-text.ts';
import type { ClaimChoice, ClaimRules, CustomClaimKind } from '../claims/claim-definition.ts';
import { wordProblems } from '../validate-scope.ts';
import { LONGEST_TEXT, type CustomClaim } from './custom-claim.ts';
import { isSafePattern } from './safe-pattern.ts';

type Problems = Record<string, string>;

const RULES_OF: Readonly<Record<CustomClaimKind, readonly (keyof ClaimRules)[]>> = {
  text: ['minLength', 'maxLength', 'pattern'],
  number: ['min', 'max', 'isWhole'],
  boolean: [],
  date: ['earliest', 'latest'],
  url: [],
  choice: ['choices'],
};
const MOST_CHOICES = 100;
const CHOICE_LENGTH = 100;
const CHOICE_TITLE_LENGTH = 60;

/** Field errors of all fields but the name; empty when there are none. */
export function customClaimProblems(claim: CustomClaim): Problems {
  return { ...wordProblems(claim), ...ruleProblems(claim.kind, claim.rules) };
}

/** The texts trimmed and in Unicode's composed form (NFC), and only the defined rules. */
export function tidyClaim(claim: CustomClaim): CustomClaim {
  const { choices, ...limits } = claim.rules;
  const rules = Object.fromEntries(
    Object.entries(limits).filter(([, limit]) => limit !== undefined),
  );
  return {
    ...claim,
    title: tidyText(claim.title),
    description: tidyText(claim.description),
    rules: choices === undefined ? rules : { ...rules, choices: choices.map(tidyChoice) },
  };
}

function tidyChoice({ value, title }: ClaimChoice): ClaimChoice {
  return { value: value.trim().normalize('NFC'), title: tidyText(title) };
}

function ruleProblems(kind: CustomClaimKind, rules: ClaimRules): Problems {
  const problems: Problems = {};
  for (const [rule, value] of Object.entries(rules)) {
    const isKnown = RULES_OF[kind].some((known) => known === rule);
    if (!isKnown && value !== undefined) problems[`rules.${rule}`] = 'rule_not_for_kind';
  }
  const checks = { text: textRules, number: numberRules, date: dateRules, choice: choiceRules };
  const check = kind === 'boolean' || kind === 'url' ? undefined : checks[kind];
  return { ...problems, ...check?.(rules) };
}

function textRules({ minLength, maxLength, pattern }: ClaimRules): Problems {
  const problems: Problems = {};
  for (const [rule, length] of Object.entries({ minLength, maxLength })) {
    if (length === undefined) continue;
    const isGood = Number.isSafeInteger(length) && length >= 1 && length <= LONGEST_TEXT;
    if (!isGood) problems[`rules.${rule}`] = 'rule_length_invalid';
  }
  if ((minLength ?? 1) > (maxLength ?? LONGEST_TEXT)) problems['rules.maxLength'] = 'rule_order';
  if (pattern !== undefined && !isSafePattern(pattern)) problems['rules.pattern'] = 'rule_pattern';
  return problems;
}

function numberRules({ min, max }: ClaimRules): Problems {
  const problems: Problems = {};
  for (const [rule, limit] of Object.entries({ min, max })) {
    const isGood = limit === undefined || Math.abs(limit) <= Number.MAX_SAFE_INTEGER;
    if (!isGood) problems[`rules.${rule}`] = 'rule_number_invalid';
  }
  if (min !== undefined && max !== undefined && min > max) problems['rules.max'] = 'rule_order';
  return problems;
}

function dateRules({ earliest, latest }: ClaimRules): Problems {
  const problems: Problems = {};
  for (const [rule, date] of Object.entries({ earliest, latest })) {
    if (date !== undefined && !isCalendarDate(date))
      problems[`rules.${rule}`] = 'rule_date_invalid';
  }
  if ((earliest ?? '0') > (latest ?? '9')) problems['rules.latest'] = 'rule_order';
  return problems;
}

function choiceRules({ choices = [] }: ClaimRules): Problems {
  if (choices.length === 0) return { 'rules.choices': 'choices_missing' };
  if (choices.length > MOST_CHOICES) return { 'rules.choices': 'too_many_choices' };
  const seen = new Set<string>();
  for (const { value, title } of choices) {
    if (seen.has(value)) return { 'rules.choices': 'choice_repeated' };
    seen.add(value);
    const texts = [
      cleanLine(value, CHOICE_LENGTH),
      ...Object.values(title).map((text = '') => cleanLine(text, CHOICE_TITLE_LENGTH)),
    ];
    if (texts.some((text) => 'code' in text)) return { 'rules.choices': 'choice_invalid' };
  }
  return {};
}
