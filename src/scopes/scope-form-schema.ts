import { Type, type Static } from 'typebox';

import { localizedFields, localizedOf, localizedValues } from '../http/routing/localized-text.ts';
import type { FormValues } from '../http/routing/page-route.ts';
import type { DefineScopeInput } from './define-scope.ts';
import type { Scope } from './scope.ts';
import type { ScopeWords } from './validate-scope.ts';

/** The fields for the words of a permission or a claim, besides one per language: see {@link WORDS}. */
export const WordFields = { sensitivity: Type.Enum(['low', 'medium', 'high']) };

/** The options of a form with the words of a permission or a claim. */
export const WORDS = {
  patternProperties: localizedFields({ title: 300, description: 600 }),
  additionalProperties: false,
  maxProperties: 200,
} as const;

const Fields = {
  ...WordFields,
  claims: Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { maxItems: 50 })),
};

/** The form of the page for a new permission. */
export const NewScopeForm = Type.Object(
  {
    ...Fields,
    name: Type.String({ maxLength: 200 }),
    kind: Type.Enum(['data', 'api', 'records']),
    resource: Type.Optional(Type.String({ maxLength: 200 })),
    namespace: Type.Optional(Type.String({ maxLength: 200 })),
    access: Type.Optional(Type.Enum(['read', 'write'])),
  },
  WORDS,
);

/** The content of the permission, besides its texts. */
export function contentOf(
  form: Static<typeof NewScopeForm>,
): Pick<DefineScopeInput, 'claims' | 'resource' | 'records'> {
  if (form.kind === 'data') return { claims: form.claims ?? [] };
  if (form.kind === 'api') return { resource: form.resource ?? '' };
  const namespace = form.namespace?.trim() ?? '';
  return { records: { namespace, access: form.access ?? 'read' } };
}

/** The form of the page of a permission. */
export const ScopeForm = Type.Object(Fields, WORDS);

/** The fields of the form with the stored values. */
export function valuesOf(scope: Scope): FormValues {
  return { ...wordValues(scope), claims: scope.kind === 'data' ? scope.claims : [] };
}

/** The fields of the words with the stored values. */
export function wordValues({ title, description, sensitivity }: ScopeWords) {
  return {
    ...localizedValues('title', title),
    ...localizedValues('description', description),
    sensitivity,
  };
}

/** The texts of a valid form. */
export function wordsOf(form: Pick<ScopeWords, 'sensitivity'>): ScopeWords {
  return {
    title: localizedOf(form, 'title'),
    description: localizedOf(form, 'description'),
    sensitivity: form.sensitivity,
  };
}
