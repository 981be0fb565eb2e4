import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import i18next, { type i18n } from 'i18next';

/** Languages we speak; the first is the one to fall back to. */
export const LOCALES = ['en', 'ru'] as const;
export type Locale = (typeof LOCALES)[number];

export type TranslationValues = Readonly<Record<string, unknown>>;

/** Finds the words of the pages. */
export interface Translator {
  /**
   * `key` is looked up in `namespace` unless it names one itself (`common:action.cancel`). Of several keys the first that exists is taken.
   * @throws Error for a missing key or value when the translator is strict; otherwise the key itself is shown.
   */
  translate(request: TranslationRequest): string;
  /** The folders that have words. */
  readonly namespaces: readonly string[];
}

export interface TranslationRequest {
  readonly locale: Locale;
  readonly namespace: string;
  readonly key: string | readonly string[];
  readonly values?: TranslationValues;
  /** Values become safe inside HTML: for translations that carry markup themselves. */
  readonly escapeValues?: boolean;
}

export interface TranslatorOptions {
  /** The folder whose sub-folders hold `en.json` and `ru.json`. */
  readonly viewsFolder: string;
  /** Defects are thrown, not shown. */
  readonly isStrict: boolean;
}

// Keys come from templates and code, so they are few; this only guards against one that is made of data.
const MOST_REMEMBERED = 10_000;

/** Reads every namespace at once; @throws Error when a file is missing or is not JSON. */
export function createTranslator({ viewsFolder, isStrict }: TranslatorOptions): Translator {
  const engine = i18next.createInstance();
  const resources = readResources(viewsFolder);
  void engine.init({
    resources,
    ns: Object.keys(resources.en),
    defaultNS: 'common',
    lng: LOCALES[0],
    fallbackLng: LOCALES[0],
    supportedLngs: [...LOCALES],
    initAsync: false,
    interpolation: { escapeValue: false, skipOnVariables: true },
    missingInterpolationHandler: (text: string, match: RegExpExecArray) => {
      if (isStrict) throw new Error(`no value for ${match[0]} in "${text}"`);
      return '';
    },
  });
  // A page needs a hundred texts, nearly all without values: those are the same every time.
  const fixed = new Map<string, string>();
  const translateOnce = (request: TranslationRequest): string => {
    const { key, values = {} } = request;
    if (typeof key !== 'string' || Object.keys(values).length > 0) {
      return translate(engine, isStrict, request);
    }
    const name = `${request.locale} ${request.namespace} ${key}`;
    const known = fixed.get(name) ?? translate(engine, isStrict, request);
    if (fixed.size < MOST_REMEMBERED) fixed.set(name, known);
    return known;
  };
  return Object.freeze({
    translate: translateOnce,
    namespaces: Object.keys(resources.en),
  });
}

/** The words of one language, by namespace. */
export function readResources(viewsFolder: string): Record<Locale, Record<string, object>> {
  const resources: Record<Locale, Record<string, object>> = { en: {}, ru: {} };
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

/** The first language of a list such as `ui_locales` that we speak (OpenID Connect Core 1.0 §3.1.2.1). */
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

function translate(engine: i18n, isStrict: boolean, request: TranslationRequest): string {
  const { locale, namespace, values = {}, escapeValues = false } = request;
  const keys = typeof request.key === 'string' ? [request.key] : [...request.key];
  const options = {
    ...values,
    lng: locale,
    ns: namespace,
    interpolation: { escapeValue: escapeValues },
  };
  const found = keys.find((key) => engine.exists(key, { ...options, fallbackLng: [] }));
  if (found === undefined && isStrict) {
    throw new Error(`no translation of ${keys.join(', ')} in ${namespace} for ${locale}`);
  }
  return engine.t(found ?? keys[0] ?? '', options);
}
