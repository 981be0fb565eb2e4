import { createFormats } from '../http/pages/formats.ts';
import type { Translator } from '../http/pages/i18n.ts';
import type { ExportWords } from './export-section.ts';

/** The translations of exports in each language. */
export function createExportWords({ translate }: Pick<Translator, 'translate'>): ExportWords {
  return {
    translate: (locale, key, values = {}) =>
      translate({ locale, namespace: 'exports', key, values }),
    formats: (locale, now) => createFormats({ locale, now }),
  };
}
