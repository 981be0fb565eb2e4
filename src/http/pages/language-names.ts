import type { Locale } from '../../platform/languages.ts';

/** One language in the switch of the pages and in forms. */
interface LanguageName {
  readonly locale: Locale;
  /** In itself: Русский. */
  readonly ownName: string;
  /** In the language of the page: Russian. */
  readonly name: string;
}

const known = new Map<string, readonly LanguageName[]>();

/** The names of these languages, for a page in `shownIn`. */
export function describeLanguages(
  installed: readonly Locale[],
  shownIn: Locale,
): readonly LanguageName[] {
  const key = `${shownIn} ${installed.join(' ')}`;
  const described =
    known.get(key) ??
    installed.map((locale) => ({
      locale,
      ownName: capitalised(nameIn(locale, locale), locale),
      name: nameIn(shownIn, locale),
    }));
  known.set(key, described);
  return described;
}

const scripts = new Map<Locale, string>();

/** The script of a language, such as `Latn` (ISO 15924). */
export function scriptOf(locale: Locale): string {
  const script = scripts.get(locale) ?? new Intl.Locale(locale).maximize().script ?? '';
  scripts.set(locale, script);
  return script;
}

// ISO 15924 codes of the scripts that are written from right to left and that a language of pages is likely to have.
const RIGHT_TO_LEFT = new Set([
  'Adlm',
  'Arab',
  'Hebr',
  'Mand',
  'Nkoo',
  'Rohg',
  'Samr',
  'Syrc',
  'Thaa',
]);

/** The direction in which a language is written, as the attribute `dir` of HTML. */
export function directionOf(locale: Locale): 'ltr' | 'rtl' {
  return RIGHT_TO_LEFT.has(scriptOf(locale)) ? 'rtl' : 'ltr';
}

function nameIn(shownIn: Locale, locale: Locale): string {
  return new Intl.DisplayNames([shownIn], { type: 'language' }).of(locale) ?? locale;
}

function capitalised(name: string, locale: Locale): string {
  return `${name.charAt(0).toLocaleUpperCase(locale)}${name.slice(1)}`;
}
