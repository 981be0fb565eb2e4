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

/** Writes the files of the pseudo-language into this folder, in the structure of `views/`. */
export function writePseudoLanguage(folder: string): void {
  for (const [namespace, words] of Object.entries(translations['en'] ?? {})) {
    mkdirSync(join(folder, namespace), { recursive: true });
    const text = JSON.stringify(words, (_key, value: unknown) =>
      typeof value === 'string' ? pseudoText(value) : value,
    );
    writeFileSync(join(folder, namespace, `${PSEUDO_LOCALE}.json`), text);
  }
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
