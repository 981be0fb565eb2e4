import type { Reader } from '../../../src/receipts/http.ts';
import { translator } from '../translations.ts';

/** The sentences of the pages in English. */
export const englishReader: Reader = { words: translator, locale: 'en' };
