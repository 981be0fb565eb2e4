import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { translations } from './translations.ts';

/** The pseudo-language of the Unicode CLDR: English with accents. */
export const PSEUDO_LOCALE = 'en-XA';

const ACCENTED: Readonly<Record<string, string>> = Object.fromEntries(
  [...'aàáeéêiïîoôóuúûyýŷcçdðgğlļnñrŕsštţwŵzž'.matchAll(/([a-z])([^a-z]+)/g)].map(
    ([, letter = '', accents = '']) => [letter, accents],
  ),
);
/** Placeholders, markup and entities stay as they are. */
const KEPT = /(\{\{?.*?\}?\}|<[^>]*>|&\w+;)/;

/** An English text with accents, about 40 % longer: each vowel is there twice, so that words are longer too. */
export function pseudoText(text: string): string {
  return text
    .split(KEPT)
    .map((part, index) => (index % 2 === 1 ? part : accented(part)))
    .join('');
}

/** The pseudo-language of the Unicode CLDR that is written from right to left. */
export const PSEUDO_BIDI_LOCALE = 'ar-XB';

// The words between these characters are shown from right to left.
const [OVERRIDE, POP] = ['\u202e', '\u202c'];

/** An English text of which every part is written from right to left. */
function bidiText(text: string): string {
  return text
    .split(KEPT)
    .map((part, index) => (index % 2 === 1 || part === '' ? part : OVERRIDE + part + POP))
    .join('');
}

/** Writes the files of a pseudo-language into this folder, in the structure of `views/`. Default: {@link PSEUDO_LOCALE}. */
export function writePseudoLanguage(
  folder: string,
  locale: typeof PSEUDO_LOCALE | typeof PSEUDO_BIDI_LOCALE = PSEUDO_LOCALE,
): void {
  const textOf = locale === PSEUDO_LOCALE ? pseudoText : bidiText;
  for (const [namespace, words] of Object.entries(translations['en'] ?? {})) {
    mkdirSync(join(folder, namespace), { recursive: true });
    const text = JSON.stringify(words, (_key, value: unknown) =>
      typeof value === 'string' ? textOf(value) : withForms(value as object, locale),
    );
    writeFileSync(join(folder, namespace, `${locale}.json`), text);
  }
}

/** The same words, with every plural form of the language. */
function withForms(words: object, locale: string): object {
  const forms = new Intl.PluralRules(locale).resolvedOptions().pluralCategories;
  const added = Object.entries(words).flatMap(([key, text]: [string, unknown]) =>
    key.endsWith('_other') && typeof text === 'string'
      ? forms.map((form) => [key.replace(/other$/, form), text] as const)
      : [],
  );
  return { ...Object.fromEntries(added), ...words };
}

function accented(text: string): string {
  return [...text]
    .map((letter) => {
      const accents = ACCENTED[letter.toLowerCase()];
      if (accents === undefined) return letter;
      return letter === letter.toLowerCase() ? accents : accents.toUpperCase();
    })
    .join('');
}
