import { Type } from 'typebox';

import { AppError } from '../../platform/app-error.ts';
import { DURATIONS, type Duration } from '../duration.ts';
import type { ConsentDecision, ConsentPrompt } from './consent-prompt.ts';

const PREFIX = { claim: 'claim.', duration: 'duration.', scope: 'scope.' } as const;

/** Names of the fields of the consent page. */
export const fieldOf = {
  claim: (claim: string): string => `${PREFIX.claim}${claim}`,
  duration: (claim: string): string => `${PREFIX.duration}${claim}`,
  scope: (scope: string): string => `${PREFIX.scope}${scope}`,
} as const;

/** The form of the consent page: one field per claim and permission, named by {@link fieldOf}. */
export const ConsentForm = Type.Object(
  {
    decision: Type.Union(
      (['allow', 'keep', 'stop', 'deny', 'preview'] as const).map((choice) => Type.Literal(choice)),
    ),
    /** The version of the prompt that the person saw. */
    seen: Type.String({ maxLength: 100 }),
  },
  {
    patternProperties: {
      '^claim\\..': Type.String({ maxLength: 64 }),
      '^duration\\..': Type.Union(DURATIONS.map((duration) => Type.Literal(duration))),
      '^scope\\..': Type.Literal('allow'),
    },
    maxProperties: 1_000,
  },
);

/** A valid consent form. */
export type ConsentFormResult =
  | { readonly kind: 'deny' }
  /** Deny, and end the app's access. */
  | { readonly kind: 'stop' }
  | { readonly kind: 'allow'; readonly decision: ConsentDecision };

/**
 * Parses the submitted form. `prompt` is the current prompt. A form that was rendered for another prompt is refused, so
 * that a person never allows a text that they have not seen.
 * @throws AppError `question_changed` (kind `invalid`).
 */
export function parseConsentForm(
  form: Readonly<Record<string, unknown>>,
  prompt: ConsentPrompt,
): ConsentFormResult {
  if (form['decision'] === 'deny') return { kind: 'deny' };
  if (form['decision'] === 'stop') return { kind: 'stop' };
  if (form['seen'] !== prompt.version) throw new AppError('invalid', 'question_changed');
  if (form['decision'] === 'keep') {
    if (!prompt.canKeep) throw new AppError('invalid', 'question_changed');
    return { kind: 'allow', decision: { isKept: true, claims: {} } };
  }
  const ticked = fieldsUnder(form, PREFIX.scope);
  return {
    kind: 'allow',
    decision: {
      claims: fieldsUnder(form, PREFIX.claim),
      durations: fieldsUnder(form, PREFIX.duration) as Record<string, Duration>,
      scopes: {
        ...Object.fromEntries(prompt.permissions.map(({ scope }) => [scope, 'refuse'])),
        // A field that this page does not have is passed on, so that it is refused and not ignored.
        ...(ticked as Record<string, 'allow'>),
      },
    },
  };
}

function fieldsUnder(
  form: Readonly<Record<string, unknown>>,
  prefix: string,
): Record<string, string> {
  const fields = Object.entries(form).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(
    fields.map(([name, value]) => [name.slice(prefix.length), String(value)]),
  );
}
