import type { Translator } from '../http/pages/i18n.ts';
import type { ConsentText, ConsentTextLine } from './consent-text.ts';

/** The language of a person, and the sentences of the pages in it. */
export interface Reader {
  readonly words: Pick<Translator, 'translate'>;
  readonly locale: string;
}

/** Each is raised when its page shows the same texts in another arrangement. */
const PAGE_VERSIONS = { consent: 3, change: 1, end: 1 } as const;

/**
 * Writes the sentences of a page that a receipt repeats. Each call returns the sentence for the page to print and adds it to
 * `text`, so the calls stand in the order of the page. Personal values are never written with it.
 */
export function writePageText(page: ConsentText['page'], { words, locale }: Reader, app: string) {
  const lines: ConsentTextLine[] = [];
  const quote = (role: ConsentTextLine['role'], text: string): string => {
    lines.push({ role, text });
    return text;
  };
  return {
    text: { page, pageVersion: PAGE_VERSIONS[page], locale, app, lines } satisfies ConsentText,
    /** A text of the app or of the catalogue of claims. */
    quote,
    /** A sentence of this server (of several keys the first existing one); `{{app}}` is the name of the app. */
    say: (
      role: ConsentTextLine['role'],
      key: string | readonly string[],
      values?: object,
    ): string => {
      const request = { locale, namespace: 'consents', key };
      return quote(role, words.translate({ ...request, values: { app, ...values } }));
    },
  };
}

export type PageText = ReturnType<typeof writePageText>;
