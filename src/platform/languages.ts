import { tidyLine } from './clean-text.ts';

/** BCP 47 tag of a language in which the pages exist, such as `en` or `pt-BR`. */
export type Locale = string;

/** Every text exists in this language. It stands in for a text that is missing in another one. */
export const FALLBACK_LOCALE = 'en';

/** One text in several languages. */
export interface Localized {
  readonly en: string;
  readonly [locale: Locale]: string | undefined;
}

/** A text in the reader's language, else in English. */
export function textIn(text: Localized, locale: Locale): string {
  const own = text[locale];
  return own === undefined || own === '' ? text.en : own;
}

/** Are both texts the same in every language? */
export function isSameText(one: Localized | null, other: Localized | null): boolean {
  const locales = new Set([...Object.keys(one ?? {}), ...Object.keys(other ?? {})]);
  return [...locales].every((locale) => one?.[locale] === other?.[locale]);
}

/** In its stored form (`tidyLine`), without languages that have no text. English always remains. */
export function tidyText(text: Localized): Localized {
  const tidied = Object.entries(text).map(([locale, own = '']) => [locale, tidyLine(own)] as const);
  const filled = tidied.filter(([locale, own]) => locale === FALLBACK_LOCALE || own !== '');
  return { en: '', ...Object.fromEntries(filled) };
}

/** The languages of this installation. */
export interface Languages {
  /** English comes first. */
  readonly installed: readonly Locale[];
  /** The first installed language of a list of tags, such as `ui_locales` (OpenID Connect Core 1.0 §3.1.2.1). */
  pick(wanted: readonly string[]): Locale | undefined;
}

/** `installed` are canonical BCP 47 tags. A wanted `de-AT` is served by `de`, and a wanted `pt` by `pt-BR`. */
export function createLanguages(installed: readonly Locale[]): Languages {
  const byTag = new Map(installed.map((locale) => [locale.toLowerCase(), locale]));
  const byLanguage = new Map(
    installed.toReversed().map((locale) => [languageOf(locale.toLowerCase()), locale]),
  );
  return {
    installed,
    pick(wanted) {
      for (const one of wanted) {
        const tag = one.trim().toLowerCase().replaceAll('_', '-');
        const language = languageOf(tag);
        const found = byTag.get(tag) ?? byTag.get(language) ?? byLanguage.get(language);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

function languageOf(tag: string): string {
  return tag.split('-', 1)[0] ?? tag;
}
