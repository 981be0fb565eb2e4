import type { Translator } from '../http/pages/i18n.ts';
import { createFormats } from '../platform/formats.ts';
import type { ExportWords } from './export-section.ts';

/** The translations of exports in each language. */
export function createExportWords({ translate }: Pick<Translator, 'translate'>): ExportWords {
  return {
    translate: (locale, key, values = {}) =>
      translate({ locale, namespace: 'exports', key, values }),
    formats: createFormats,
  };
}
