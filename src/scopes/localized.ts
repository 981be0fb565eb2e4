/** One text in the two languages every page has. */
export interface Localized {
  readonly en: string;
  readonly ru: string;
}

/** A text in the reader's language. */
export function textIn(text: Localized, locale: string): string {
  return locale === 'ru' ? text.ru : text.en;
}

/** How much a person should think before allowing it. */
export type Sensitivity = 'low' | 'medium' | 'high';
