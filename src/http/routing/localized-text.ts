import { Type } from 'typebox';

import type { Localized } from '../../platform/languages.ts';

const TAG = '[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}';
const MOST_LANGUAGES = 50;

/** One text in several languages, in the JSON API. English is required, and may be empty where the use case allows it. */
export function localizedText(maxLength: number, description: string) {
  const text = Type.String({ maxLength });
  return Type.Unsafe<Localized>(
    Type.Object(
      { en: text },
      {
        patternProperties: { [`^(?!en$)${TAG}$`]: text },
        additionalProperties: false,
        maxProperties: MOST_LANGUAGES,
        description: `${description} One text per language, by its BCP 47 tag; people whose language is missing read the English one.`,
      },
    ),
  );
}

/** Patterns for the fields of a form that have one text per language, such as `title.en`, for `patternProperties`. */
export function localizedFields(lengths: Readonly<Record<string, number>>) {
  return Object.fromEntries(
    Object.entries(lengths).map(([field, maxLength]) => [
      `^${field}\\.${TAG}$`,
      Type.String({ maxLength }),
    ]),
  );
}

/** The text in these fields of a form; empty in English when there is none. */
export function localizedOf(form: object, field: string): Localized {
  const prefix = `${field}.`;
  const texts = Object.entries(form as Readonly<Record<string, string>>)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, text]) => [name.slice(prefix.length), text] as const);
  return { en: '', ...Object.fromEntries(texts) };
}

/** The fields of a form with this text. */
export function localizedValues(field: string, text: Localized): Record<string, string> {
  return Object.fromEntries(
    Object.entries(text).map(([locale, own = '']) => [`${field}.${locale}`, own]),
  );
}
