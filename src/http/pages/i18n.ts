import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import i18next from 'i18next';

import { escapeHtml } from '../../platform/escape-html.ts';

/** The languages of the pages; the first is the fallback. */
export const LOCALES = ['en', 'ru'] as const;
export type Locale = (typeof LOCALES)[number];

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

type Resources = Record<Locale, Record<string, object>>;

/** Texts and names of values, alternating: "Hello {{name}}!" is `Hello `, `name`, `!`. */
type Sentence = readonly string[];

// Keys come from templates and code, so there are few. The limit protects against keys that are built from data.
const MOST_SENTENCES = 10_000;
const NO_VALUES: TranslationValues = {};

interface TranslatorOptions {
  /** The folder whose sub-folders contain `en.json` and `ru.json`. */
  readonly viewsFolder: string;
  /** A missing text or value throws an error instead of being shown as its key. */
  readonly isStrict: boolean;
}

/**
 * Translates with the texts of all folders below `viewsFolder`. Each text is looked up by i18next once per language,
 * key and plural form; afterwards only its values are filled in.
 * @throws Error when a file is missing or is not JSON.
 */
export function createTranslator({ viewsFolder, isStrict }: TranslatorOptions) {
  const resources = readResources(viewsFolder);
  const compile = createCompiler(resources, isStrict);
  const sentences = new Map<string, Sentence>();
  const sentenceOf = (request: TranslationRequest): Sentence => {
    const { locale, namespace, key, values = NO_VALUES } = request;
    const name = `${locale} ${namespace} ${String(key)} ${pluralForm(locale, values['count'])}`;
    const known = sentences.get(name) ?? compile(request);
    if (sentences.size < MOST_SENTENCES) sentences.set(name, known);
    return known;
  };

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
    /** The folders that contain texts. */
    namespaces: Object.keys(resources.en),
  };
}

/** Finds the translations of the pages. */
export type Translator = ReturnType<typeof createTranslator>;

function createCompiler(resources: Resources, isStrict: boolean) {
  const engine = i18next.createInstance();
  void engine.init({
    resources,
    ns: Object.keys(resources.en),
    defaultNS: 'common',
    lng: LOCALES[0],
    fallbackLng: LOCALES[0],
    supportedLngs: [...LOCALES],
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
    return engine.t(found ?? keys[0] ?? '', options).split(/\{\{\s*(\w+)\s*\}\}/);
  };
}

const PLURALS = { en: new Intl.PluralRules('en'), ru: new Intl.PluralRules('ru') };

/** i18next has a separate form for the number 0: `key_zero`. */
function pluralForm(locale: Locale, count: unknown): string {
  if (typeof count !== 'number') return '';
  return count === 0 ? 'zero' : PLURALS[locale].select(count);
}

/** The texts of one language, by namespace. */
export function readResources(viewsFolder: string): Resources {
  const resources: Resources = { en: {}, ru: {} };
  const folders = readdirSync(viewsFolder, { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  for (const { name } of folders) {
    const files = readdirSync(join(viewsFolder, name));
    for (const locale of LOCALES) {
      if (!files.includes(`${locale}.json`)) continue;
      const text = readFileSync(join(viewsFolder, name, `${locale}.json`), 'utf8');
      resources[locale][name] = JSON.parse(text) as object;
    }
  }
  return resources;
}

/** The first supported language of a list such as `ui_locales` (OpenID Connect Core 1.0 §3.1.2.1). */
export function pickLocale(wanted: readonly string[]): Locale | undefined {
  for (const tag of wanted) {
    const language = tag.trim().toLowerCase().split(/[-_]/)[0];
    const known = LOCALES.find((locale) => locale === language);
    if (known !== undefined) return known;
  }
  return undefined;
}

/** The languages of an `Accept-Language` header, most wanted first (RFC 9110 §12.5.4). */
export function acceptedLanguages(header: string): string[] {
  const weighted = header.split(',', 20).map((part) => {
    const [tag = '', ...parameters] = part.split(';');
    const weight = parameters.map((text) => /^\s*q=([\d.]+)\s*$/.exec(text)?.[1]).find(Boolean);
    return { tag: tag.trim(), weight: weight === undefined ? 1 : Number(weight) };
  });
  const wanted = weighted.filter(({ weight }) => weight > 0);
  return wanted.sort((left, right) => right.weight - left.weight).map(({ tag }) => tag);
}
