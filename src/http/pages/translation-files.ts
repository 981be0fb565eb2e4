import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { FALLBACK_LOCALE, type Locale } from '../../platform/languages.ts';

interface Words {
  readonly [name: string]: string | Words;
}

/** The texts by language, and in each by folder ("namespace"). */
export type Translations = Readonly<Record<Locale, Readonly<Record<string, Words>>>>;

const FILE = /^([a-z]{2,3}(?:-\w{2,8})*)\.json$/i;
const PLURAL_FORM = /_(zero|one|two|few|many|other)$/;
/** Small numbers, and the one for which French, Spanish and Italian have a form of its own. */
const COUNTS = [...Array.from({ length: 200 }, (_, count) => count), 1_000_000];

/**
 * Reads the files `<slice>/<language>.json` of these folders: the languages are those that have a file. A file of a later
 * folder adds texts to those of an earlier one, or replaces them.
 * @throws Error for a folder or file that cannot be read, and for a name that is not a canonical language tag.
 */
export function readTranslations(folders: readonly string[]): Translations {
  const translations: Record<Locale, Record<string, Words>> = { [FALLBACK_LOCALE]: {} };
  for (const folder of folders) {
    for (const namespace of subfoldersOf(folder)) {
      for (const file of readdirSync(join(folder, namespace))) {
        const tag = FILE.exec(file)?.[1];
        if (tag === undefined) continue;
        const place = join(folder, namespace, file);
        const ofLocale = (translations[canonical(tag, place)] ??= {});
        ofLocale[namespace] = merged(ofLocale[namespace], readWords(place));
      }
    }
  }
  return translations;
}

/** The installed languages: English, then the others by their tags. */
export function localesOf(translations: Translations): Locale[] {
  const others = Object.keys(translations).filter((locale) => locale !== FALLBACK_LOCALE);
  return [FALLBACK_LOCALE, ...others.toSorted()];
}

/** The texts that a language lacks, and those that nothing uses because English does not have them, one per line. */
export function translationGaps(translations: Translations): string[] {
  const english = textsByFolder(translations[FALLBACK_LOCALE]);
  return localesOf(translations).flatMap((locale) => {
    const own = textsByFolder(translations[locale]);
    const forms = pluralFormsOf(locale);
    return [...new Set([...english.keys(), ...own.keys()])].flatMap((namespace) =>
      gapsOf(forms, english.get(namespace) ?? NO_TEXTS, own.get(namespace) ?? NO_TEXTS).map(
        (gap) => `${locale}: ${namespace}:${gap}`,
      ),
    );
  });
}

const NO_TEXTS: ReadonlyMap<string, string> = new Map();

function textsByFolder(
  folders: Readonly<Record<string, Words>> | undefined = {},
): Map<string, Map<string, string>> {
  return new Map(Object.entries(folders).map(([name, words]) => [name, textsOf(words)]));
}

/** The names of the forms of a text with a count. */
function pluralFormsOf(locale: Locale): readonly string[] {
  const rules = new Intl.PluralRules(locale);
  return [...new Set(COUNTS.map((count) => rules.select(count)))];
}

/** Every text of a file by its key, such as `action.save`. */
export function textsOf(words: Words = {}): Map<string, string> {
  const found = new Map<string, string>();
  const collect = (part: Words, prefix: string): void => {
    for (const [name, content] of Object.entries(part)) {
      if (typeof content === 'string') found.set(`${prefix}${name}`, content);
      else collect(content, `${prefix}${name}.`);
    }
  };
  collect(words, '');
  return found;
}

function gapsOf(
  forms: readonly string[],
  english: ReadonlyMap<string, string>,
  own: ReadonlyMap<string, string>,
): string[] {
  // English has two forms; `too_many` is no form of anything.
  const isForm = (key: string): boolean =>
    PLURAL_FORM.test(key) && english.has(key.replace(PLURAL_FORM, '_other'));
  const expected = new Set(
    [...english.keys()].flatMap((key) => {
      // i18next uses a form for the number 0 in every language.
      if (!isForm(key) || key.endsWith('_zero')) return [key];
      return forms.map((form) => key.replace(PLURAL_FORM, `_${form}`));
    }),
  );
  // Russian has a form for fractions, which no count uses.
  const isKnown = (key: string): boolean => expected.has(key) || isForm(key);
  return [
    ...[...expected].filter((key) => !own.has(key)).map((key) => `${key} is missing`),
    ...[...own.keys()].filter((key) => !isKnown(key)).map((key) => `${key} is not used`),
  ];
}

function subfoldersOf(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

function canonical(tag: string, place: string): Locale {
  const [locale] = Intl.getCanonicalLocales(tag);
  if (locale !== tag) throw new Error(`${place}: name the file ${String(locale)}.json`);
  return tag;
}

function readWords(place: string): Words {
  try {
    return JSON.parse(readFileSync(place, 'utf8')) as Words;
  } catch (cause) {
    throw new Error(`${place} cannot be read`, { cause });
  }
}

function merged(one: Words | undefined, other: Words): Words {
  const result: Record<string, string | Words> = { ...one };
  for (const [name, content] of Object.entries(other)) {
    const before = result[name];
    result[name] =
      typeof content === 'object' && typeof before === 'object' ? merged(before, content) : content;
  }
  return result;
}
