import i18next from 'i18next';

import { escapeHtml } from '../../platform/escape-html.ts';
import {
  createLanguages,
  FALLBACK_LOCALE,
  type Locale,
  type Localized,
} from '../../platform/languages.ts';
import {
  localesOf,
  readTranslations,
  textsOf,
  translationGaps,
  type Translations,
} from './translation-files.ts';

export type TranslationValues = Readonly<Record<string, unknown>>;

interface TranslationRequest {
  readonly locale: Locale;
  readonly namespace: string;
  /**
   * Looked up in `namespace` unless the key contains one (`common:action.cancel`). Of several keys the first existing
   * one is used.
   */
  readonly key: string | readonly string[];
  readonly values?: TranslationValues;
  /** Escapes the values for HTML: for sentences that contain markup themselves. */
  readonly escapeValues?: boolean;
}

/** Texts and names of values, alternating: "Hello {{name}}!" is `Hello `, `name`, `!`. */
type Sentence = readonly string[];

// Keys come from templates and code, so there are few. The limit protects against keys that are built from data.
const MOST_SENTENCES = 2_000;
const NO_VALUES: TranslationValues = {};

interface TranslatorOptions {
  /** Folders with texts, see `readTranslations`. */
  readonly folders: readonly string[];
  /** A missing text or value throws an error instead of being replaced: by English, by its key, or by nothing. */
  readonly isStrict: boolean;
}

/**
 * Translates with the texts of these folders. Each text is looked up by i18next once per language, key and plural form;
 * afterwards only its values are filled in.
 * @throws Error when a file cannot be read; when strict, also with a list of the texts that a language lacks.
 */
export function createTranslator({ folders, isStrict }: TranslatorOptions) {
  const translations = readTranslations(folders);
  const gaps = translationGaps(translations);
  if (isStrict && gaps.length > 0) throw new Error(`translations differ:\n${gaps.join('\n')}`);
  const locales = localesOf(translations);
  const namespaces = Object.keys(translations[FALLBACK_LOCALE] ?? {});
  const compile = createCompiler(translations, { locales, namespaces, isStrict });
  const sentenceOf = keepSentences(compile, { locales, namespaces });

  return {
    /** @throws Error for a missing key or value when the translator is strict; otherwise the key or nothing is shown. */
    translate(request: TranslationRequest): string {
      const { values = NO_VALUES, escapeValues = false } = request;
      const sentence = sentenceOf(request);
      const [text = ''] = sentence;
      if (sentence.length === 1) return text;
      return sentence
        .map((part, index) => {
          if (index % 2 === 0) return part;
          const value = (values[part] ?? undefined) as string | number | undefined;
          if (value === undefined && isStrict) {
            throw new Error(`no value for {{${part}}} in ${String(request.key)}`);
          }
          return escapeValues ? escapeHtml(`${value ?? ''}`) : `${value ?? ''}`;
        })
        .join('');
    },
    /** One text without values in every language that has it. @throws Error when English does not have it. */
    inEveryLanguage(namespace: string, path: readonly string[]): Localized {
      const found = locales.flatMap((locale) => {
        const text = path.reduce<unknown>(
          (words, name) => (words as Record<string, unknown> | undefined)?.[name],
          translations[locale]?.[namespace],
        );
        return typeof text === 'string' ? [[locale, text] as const] : [];
      });
      const text = Object.fromEntries(found);
      const { en } = text;
      if (en === undefined) throw new Error(`there is no text ${namespace}:${path.join('.')}`);
      return { ...text, en };
    },
    /** The folders that contain texts. */
    namespaces,
    languages: createLanguages(locales),
    /** Every text of every language. */
    texts: Object.values(translations).flatMap((folders) =>
      Object.values(folders).flatMap((words) => [...textsOf(words).values()]),
    ),
    /** Texts that a language lacks, one per line. */
    gaps,
  };
}

/** Finds the translations of the pages. */
export type Translator = ReturnType<typeof createTranslator>;

interface CompilerOptions {
  readonly locales: readonly Locale[];
  readonly namespaces: readonly string[];
  readonly isStrict: boolean;
}

function createCompiler(
  translations: Translations,
  { locales, namespaces, isStrict }: CompilerOptions,
) {
  const engine = i18next.createInstance();
  void engine.init({
    resources: translations,
    ns: namespaces,
    defaultNS: 'common',
    lng: FALLBACK_LOCALE,
    fallbackLng: FALLBACK_LOCALE,
    supportedLngs: locales,
    initAsync: false,
  });
  return ({ locale, namespace, key, values = NO_VALUES }: TranslationRequest): Sentence => {
    const keys = [key].flat();
    const options = {
      lng: locale,
      ns: namespace,
      skipInterpolation: true,
      ...('count' in values && { count: values['count'] as number }),
    };
    const found = keys.find((one) => engine.exists(one, { ...options, fallbackLng: [] }));
    if (found === undefined && isStrict) {
      throw new Error(`no translation of ${keys.join(', ')} in ${namespace} for ${locale}`);
    }
    const shown = found ?? keys.find((one) => engine.exists(one, options)) ?? keys[0] ?? '';
    return engine.t(shown, options).split(/\{\{\s*(\w+)\s*\}\}/);
  };
}

/** Compiles each sentence once. One map for each language and namespace: most keys are literals, so a look-up builds no text. */
function keepSentences(
  compile: (request: TranslationRequest) => Sentence,
  { locales, namespaces }: Pick<CompilerOptions, 'locales' | 'namespaces'>,
) {
  const pluralForm = createPluralForms();
  const empty = () => new Map(namespaces.map((name) => [name, new Map<string, Sentence>()]));
  const kept = new Map(locales.map((locale) => [locale, empty()]));
  return (request: TranslationRequest): Sentence => {
    const { locale, namespace, key, values = NO_VALUES } = request;
    const form = pluralForm(locale, values['count']);
    const name = form === '' && typeof key === 'string' ? key : `${String(key)} ${form}`;
    const sentences = kept.get(locale)?.get(namespace);
    const known = sentences?.get(name);
    if (known !== undefined) return known;
    const compiled = compile(request);
    if (sentences !== undefined && sentences.size < MOST_SENTENCES) sentences.set(name, compiled);
    return compiled;
  };
}

function createPluralForms() {
  const rules = new Map<Locale, Intl.PluralRules>();
  /** i18next has a separate form for the number 0: `key_zero`. */
  return (locale: Locale, count: unknown): string => {
    if (typeof count !== 'number') return '';
    if (count === 0) return 'zero';
    const known = rules.get(locale) ?? new Intl.PluralRules(locale);
    rules.set(locale, known);
    return known.select(count);
  };
}
