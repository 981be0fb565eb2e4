import { Type, type Static } from 'typebox';

import type { FormValues } from '../../http/routing/page-route.ts';
import { type Locale, tidyText } from '../../platform/languages.ts';
import { NameParam } from '../../http/routing/path-parameters.ts';
import { type ClaimChoice, type ClaimRules, CUSTOM_KINDS } from '../claims/claim-definition.ts';
import { WordFields, WORDS, wordsOf, wordValues } from '../scope-form-schema.ts';
import type { CustomClaim } from './custom-claim.ts';

/** Path of one claim. */
export const ClaimParams = Type.Object({ name: NameParam });

// Less strict than the rules, which the use case checks with an error for each.
const Length = Type.Integer({ minimum: 0, maximum: 1_000_000_000 });
const Limit = Type.Number({ minimum: -Number.MAX_VALUE, maximum: Number.MAX_VALUE });
const Fields = {
  ...WordFields,
  isMultiple: Type.Optional(Type.Literal('on')),
  'rules.minLength': Type.Optional(Length),
  'rules.maxLength': Type.Optional(Length),
  'rules.pattern': Type.Optional(Type.String({ maxLength: 200 })),
  'rules.min': Type.Optional(Limit),
  'rules.max': Type.Optional(Limit),
  'rules.isWhole': Type.Optional(Type.Literal('on')),
  'rules.earliest': Type.Optional(Type.String({ maxLength: 20 })),
  'rules.latest': Type.Optional(Type.String({ maxLength: 20 })),
  'rules.choices': Type.Optional(Type.String({ maxLength: 20_000 })),
};

/** The form of the page of a claim. */
export const ClaimForm = Type.Object(Fields, WORDS);
/** The form of the page for a new claim. */
export const NewClaimForm = Type.Object(
  {
    ...Fields,
    name: Type.String({ maxLength: 200 }),
    kind: Type.Enum([...CUSTOM_KINDS]),
  },
  WORDS,
);

const LIMITS = ['minLength', 'maxLength', 'pattern', 'min', 'max', 'earliest', 'latest'] as const;

/** The fields of the form with the stored values. */
export function claimFormValues(claim: CustomClaim, installed: readonly Locale[]): FormValues {
  const { rules } = claim;
  const limits = LIMITS.map((rule) => [`rules.${rule}`, String(rules[rule] ?? '')]);
  return {
    ...wordValues(claim),
    isMultiple: claim.isMultiple ? 'on' : '',
    ...Object.fromEntries(limits),
    'rules.isWhole': rules.isWhole === true ? 'on' : '',
    'rules.choices': (rules.choices ?? []).map((choice) => lineOf(choice, installed)).join('\n'),
  };
}

/** The claim that a valid form describes. */
export function claimOfForm(
  form: Static<typeof ClaimForm>,
  installed: readonly Locale[],
): Pick<CustomClaim, 'title' | 'description' | 'sensitivity' | 'isMultiple' | 'rules'> {
  return {
    ...wordsOf(form),
    isMultiple: form.isMultiple === 'on',
    rules: rulesOfForm(form, installed),
  };
}

function rulesOfForm(form: Static<typeof ClaimForm>, installed: readonly Locale[]): ClaimRules {
  const limits = LIMITS.map((rule) => [rule, form[`rules.${rule}`]] as const);
  const choices = form['rules.choices'];
  return {
    ...Object.fromEntries(limits.filter(([, value]) => value !== undefined)),
    ...(form['rules.isWhole'] === 'on' && { isWhole: true }),
    ...(choices !== undefined && { choices: choicesOfText(choices, installed) }),
  };
}

function lineOf({ value, title }: ClaimChoice, installed: readonly Locale[]): string {
  const texts = [value, ...installed.map((locale) => title[locale] ?? '')];
  return texts.slice(0, texts.findLastIndex((text) => text !== '') + 1).join(' | ');
}

/** One choice per line: the value for apps, then its text in each language. A missing English text is the value itself. */
function choicesOfText(text: string, installed: readonly Locale[]): ClaimChoice[] {
  return text
    .split(/\r\n|\r|\n/)
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [value = '', ...texts] = line.split('|').map((part) => part.trim());
      const title = Object.fromEntries(
        installed.map((locale, place) => [locale, texts[place] ?? '']),
      );
      return { value, title: tidyText({ ...title, en: title['en'] || value }) };
    });
}
