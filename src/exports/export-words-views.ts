import { fileURLToPath } from 'node:url';

import { createFormats } from '../http/pages/formats.ts';
import { createTranslator, type Translator } from '../http/pages/i18n.ts';
import type { ExportWords } from './export-section.ts';

const VIEWS = fileURLToPath(new URL('../../views', import.meta.url));

/** The translations of exports in each language, loaded for the first export. */
export function createExportWords(): ExportWords {
  let translator: Translator | undefined;
  return {
    translate: (locale, key, values = {}) => {
      translator ??= createTranslator({ viewsFolder: VIEWS, isStrict: false });
      return translator.translate({ locale, namespace: 'exports', key, values });
    },
    formats: (locale, now) => createFormats({ locale, now }),
  };
}
