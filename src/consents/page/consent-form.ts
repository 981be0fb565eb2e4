import { Type } from 'typebox';

import { AppError } from '../../platform/app-error.ts';
import type { ClaimKind } from '../../scopes/index.ts';
import type { AttributeValue } from '../../vault/index.ts';
import { REFUSE, type ConsentDecision } from '../consent-decision.ts';
import { DURATIONS, isWithin, type Duration } from '../duration.ts';
import {
  claimsToDecide,
  longestOf,
  usualDuration,
  type ConsentPrompt,
  type PromptItem,
} from './consent-prompt.ts';

const PREFIX = { claim: 'claim.', duration: 'duration.', scope: 'scope.', add: 'add.' } as const;

/** Names of the fields of the consent page. */
export const fieldOf = {
  claim: (claim: string): string => `${PREFIX.claim}${claim}`,
  duration: (claim: string): string => `${PREFIX.duration}${claim}`,
  scope: (scope: string): string => `${PREFIX.scope}${scope}`,
  /** A value that is missing so far; `line` is one line of an address. */
  add: (claim: string, line?: string): string =>
    `${PREFIX.add}${claim}${line === undefined ? '' : `.${line}`}`,
} as const;

/** The name of the field with the duration of all values without a duration of their own. */
export const DURATION_FIELD = 'duration';

/** Lines of an address on the consent page. */
export const ADDRESS_LINES = [
  'street_address',
  'postal_code',
  'locality',
  'region',
  'country',
] as const;

const DECISIONS = [
  'allow',
  'enter',
  'keep',
  'stop',
  'deny',
  'preview',
  'add.email',
  'add.phone_number',
  'add.preferred_username',
  'add.picture',
] as const;

const DurationField = DURATIONS.map((duration) => Type.Literal(duration));

/** The form of the consent page: one field per claim and permission, named by {@link fieldOf}. */
export const ConsentForm = Type.Object(
  {
    /** `enter` is sent by the Enter key and means `allow`. `add.<claim>` continues with the page that adds a value of the claim. */
    decision: Type.Union(DECISIONS.map((choice) => Type.Literal(choice))),
    /** The version of the prompt that the person saw. */
    seen: Type.String({ maxLength: 100 }),
    [DURATION_FIELD]: Type.Optional(Type.Union(DurationField)),
  },
  {
    patternProperties: {
      '^claim\\..': Type.String({ maxLength: 64 }),
      // Empty: as the duration of all.
      '^duration\\..': Type.Union([...DurationField, Type.Literal('')]),
      '^scope\\..': Type.Literal('allow'),
      '^add\\..': Type.String({ maxLength: 1_000 }),
    },
    maxProperties: 1_000,
  },
);

/** A valid consent form. */
type ConsentFormResult =
  | { readonly kind: 'deny' }
  /** Deny, and end the app's access. */
  | { readonly kind: 'stop' }
  | {
      readonly kind: 'allow';
      readonly decision: ConsentDecision;
      /** Claim -> a value that the person entered, to be saved and shared. */
      readonly added: Readonly<Record<string, AttributeValue>>;
    };

type Fields = Readonly<Record<string, unknown>>;

/**
 * Parses the submitted form. `prompt` is the current prompt. A form that was rendered for another prompt is refused, so
 * that a person never allows a text that they have not seen.
 * @throws AppError `page_changed` (kind `invalid`), `duration_too_long`; `value_required` with the essential claims that have no value.
 */
export function parseConsentForm(form: Fields, prompt: ConsentPrompt): ConsentFormResult {
  if (form['decision'] === 'deny') return { kind: 'deny' };
  if (form['decision'] === 'stop') return { kind: 'stop' };
  if (form['seen'] !== prompt.version) throw new AppError('invalid', 'page_changed');
  if (form['decision'] === 'keep') {
    if (!prompt.canKeep) throw new AppError('invalid', 'page_changed');
    return { kind: 'allow', decision: { isKept: true, claims: {} }, added: {} };
  }
  const items = claimsToDecide(prompt);
  const added = addedValues(form, items);
  requireEssential(items, added);
  const ticked = fieldsUnder(form, PREFIX.scope);
  return {
    kind: 'allow',
    added,
    decision: {
      claims: {
        // A switch that is off sends no field.
        ...Object.fromEntries(items.map(({ claim }) => [claim, REFUSE])),
        ...fieldsUnder(form, PREFIX.claim),
      },
      durations: durationsIn(form, items),
      scopes: {
        ...Object.fromEntries(prompt.permissions.map(({ scope }) => [scope, 'refuse'])),
        // A field that this page does not have is passed on, so that it is refused and not ignored.
        ...(ticked as Record<string, 'allow'>),
      },
    },
  };
}

/** The values that were entered for missing ones; empty fields are left out. */
function addedValues(form: Fields, items: readonly PromptItem[]): Record<string, AttributeValue> {
  const added: Record<string, AttributeValue | Record<string, string>> = {};
  for (const [name, text] of Object.entries(fieldsUnder(form, PREFIX.add))) {
    if (text.trim() === '') continue;
    const [claim = '', line] = name.split('.');
    const item = items.find((known) => known.claim === claim);
    if (item === undefined) throw new AppError('invalid', 'claim_not_requested');
    added[claim] =
      line === undefined
        ? typedValue(text, item.missing?.kind)
        : { ...(added[claim] as object), [line]: text };
  }
  return added;
}

function typedValue(text: string, kind: ClaimKind | null | undefined): AttributeValue {
  if (kind === 'boolean') return text === 'true';
  return kind === 'number' ? Number(text.replace(',', '.')) : text;
}

/** An essential value that is missing and was not entered is no refusal. */
function requireEssential(
  items: readonly PromptItem[],
  added: Readonly<Record<string, unknown>>,
): void {
  const lacking = items
    .filter(({ isEssential, missing }) => isEssential && missing !== null)
    .filter(({ claim }) => added[claim] === undefined);
  if (lacking.length === 0) return;
  const fields = Object.fromEntries(lacking.map(({ claim }) => [claim, 'value_required']));
  throw new AppError('invalid', 'value_required', { fields });
}

/** Each claim has its own duration, else that of all, as far as the app may have it. */
function durationsIn(form: Fields, items: readonly PromptItem[]): Record<string, Duration> {
  const overall = form[DURATION_FIELD] as Duration | undefined;
  const longest = longestOf(items);
  if (overall !== undefined && longest !== null && !isWithin(overall, longest)) {
    throw new AppError('invalid', 'duration_too_long').at(DURATION_FIELD);
  }
  const own = Object.entries(fieldsUnder(form, PREFIX.duration)).filter(([, text]) => text !== '');
  return {
    ...Object.fromEntries(
      items.map((item) => [item.claim, usualDuration(item, overall ?? '1_year')]),
    ),
    ...(Object.fromEntries(own) as Record<string, Duration>),
  };
}

function fieldsUnder(form: Fields, prefix: string): Record<string, string> {
  const fields = Object.entries(form).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(
    fields.map(([name, value]) => [name.slice(prefix.length), String(value)]),
  );
}
