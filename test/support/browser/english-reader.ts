import { VIEWS_FOLDER } from '../../../src/http/http-kit.ts';
import { createTranslator } from '../../../src/http/pages/i18n.ts';
import type { Reader } from '../../../src/receipts/http.ts';

/** The sentences of the pages in English. */
export const englishReader: Reader = {
  words: createTranslator({ viewsFolder: VIEWS_FOLDER, isStrict: true }),
  locale: 'en',
};
