import { VIEWS_FOLDER } from '../../src/http/http-kit.ts';
import { createTranslator } from '../../src/http/pages/i18n.ts';
import { readTranslations } from '../../src/http/pages/translation-files.ts';
import { describeStandard } from '../../src/scopes/index.ts';

/** The texts of the pages; a missing one throws an error. */
export const translator = createTranslator({ folders: [VIEWS_FOLDER], isStrict: true });

/** The texts by language and folder. */
export const translations = readTranslations([VIEWS_FOLDER]);

/** The languages that are part of the repository. */
export const LOCALES = translator.languages.installed;

/** The standard scopes and claims with their texts. */
export const standardEntries = describeStandard((path) =>
  translator.inEveryLanguage('scopes', ['standard', ...path]),
);
