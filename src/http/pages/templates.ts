import nunjucks from 'nunjucks';

import type { Assets } from './assets.ts';
import { escapeHtml, unescapeHtml } from '../../platform/escape-html.ts';
import type { Brand } from './brand.ts';
import {
  createFormats,
  formatLocale,
  titleList,
  titlesInSentence,
} from '../../platform/formats.ts';
import type { Locale } from '../../platform/languages.ts';
import { describeLanguages, directionOf, scriptOf } from './language-names.ts';
import type { TranslationValues, Translator } from './i18n.ts';
import type { Flash } from './page-result.ts';
import type { Page } from './page.ts';
import type { Part, RenderedPart } from './part.ts';
import { hasTime, markTime, type TimeStyle, withTimeElements } from './time-elements.ts';
import { WAIT_VALUE, withWait } from './wait-text.ts';

export type Theme = 'system' | 'light' | 'dark';

/** The person who sees the page, for the frame around it. */
export interface Viewer {
  readonly name: string;
  /** The id of the default picture; null without one. */
  readonly picture: string | null;
  readonly isAdministrator: boolean;
}

/** The members of a page besides its model. */
interface RenderScope {
  readonly locale: Locale;
  readonly theme: Theme;
  readonly csrfToken: string;
  readonly viewer: Viewer | null;
  readonly flash: Flash | null;
  /** Path and query to come back to after switching language or theme. */
  readonly path: string;
  readonly now: Date;
  /** The time zone of the reader; undefined: not known, so times are in UTC and name it. */
  readonly timeZone?: string | undefined;
  /** When the person can try again, after a limit; null: no limit was reached, or it is not known. */
  readonly retryAt?: Date | null;
  /** The page answers a form that was refused. */
  readonly isRefused?: boolean;
}

const MINUTE_MS = 60_000;

const { SafeString } = nunjucks.runtime;
const safe = (html: string): unknown => new SafeString(html);

/**
 * The only module that uses nunjucks. Values in pages are escaped automatically, a missing value is an error, and outside
 * development templates are compiled once.
 */
export function createTemplates({
  folders,
  isDevelopment,
  translator,
  assets,
  brand,
}: {
  /** The first that has a template provides it. */
  readonly folders: readonly string[];
  readonly isDevelopment: boolean;
  readonly translator: Translator;
  readonly assets: Assets;
  readonly brand: Brand;
}) {
  const options = { noCache: isDevelopment };
  const environment = createEnvironment(folders, { ...options, autoescape: true });
  const texts = createEnvironment(folders, { ...options, autoescape: false });
  const setGlobals = (globals: object): void => {
    for (const [name, value] of Object.entries(globals)) environment.addGlobal(name, value);
  };
  setGlobals({ asset: assets.url, brand, isDevelopment, ...FUNCTIONS });
  const render = (template: string, model: object, scope: RenderScope): string => {
    // Macros can use only globals. Rendering is synchronous, so globals that are set here are used by this page only.
    const [namespace = 'common'] = template.split('/');
    setGlobals(words(translator, scope, namespace));
    setGlobals(values(scope, (key) => translator.translate({ ...scope, namespace, key })));
    setGlobals({
      languages: describeLanguages(translator.languages.installed, scope.locale),
      script: scriptOf(scope.locale),
      direction: directionOf(scope.locale),
      isRefused: scope.isRefused === true,
    });
    return withTimeElements(environment.render(template, model));
  };

  return {
    /** @throws Error when the template prints an undefined value or lacks a translation (in strict mode). */
    render: <Model extends object>(page: Page<Model>, model: Model, scope: RenderScope): string =>
      render(page.template, model, scope),

    /** A part of a page, without a person and without a token for forms. @throws Error as `render`. */
    renderPart<Model extends object>(
      { template }: Part<Model>,
      model: Model,
      scope: Pick<RenderScope, 'locale' | 'now'>,
    ): RenderedPart {
      const nobody = {
        theme: 'system',
        csrfToken: '',
        viewer: null,
        flash: null,
        path: '/',
      } as const;
      return { html: render(template, model, { ...nobody, ...scope }) } as RenderedPart;
    },

    /** A text that is not HTML: values are inserted unchanged. @throws Error when the template prints an undefined value. */
    renderText: (template: string, model: object): string => texts.render(template, model),
  };
}

function createEnvironment(
  folders: readonly string[],
  { noCache, autoescape }: { readonly noCache: boolean; readonly autoescape: boolean },
) {
  const loader = new nunjucks.FileSystemLoader([...folders], { noCache });
  return new nunjucks.Environment(loader, {
    autoescape,
    throwOnUndefined: true,
    trimBlocks: true,
    lstripBlocks: true,
  });
}

const FUNCTIONS = {
  initial,
  plotHeight,
  breakable,
  jsonBlock,
  markup,
  titleList,
  titlesInSentence,
};

/** Turns pages into HTML. */
export type Templates = ReturnType<typeof createTemplates>;

function words(translator: Translator, scope: RenderScope, namespace: string): object {
  const { locale, flash, now } = scope;
  const base = { locale, namespace };
  const t = (key: string, shown: TranslationValues = {}): string =>
    translator.translate({ ...base, key, values: textsOf(shown) });
  const filled = (text: string, retryAt = scope.retryAt ?? null): unknown => {
    const html = withWait(text, { translator, locale, now, retryAt });
    return html === null ? text : safe(html);
  };
  return {
    t,
    /** A text that may contain `{{wait}}`: the time at which the person can try again. */
    tWait: (key: string, shown: TranslationValues = {}) =>
      filled(t(key, { ...shown, ...WAIT_VALUE })),
    tRich: (key: string, shown: TranslationValues = {}) =>
      safe(translator.translate({ ...base, key, values: shown, escapeValues: true })),
    /** The sentence for an error code: of this slice, else of the slice that the code belongs to. Empty for no error. */
    errorText: (code?: string, shown: TranslationValues = {}) => {
      if (code === undefined || code === null || code === '') return '';
      const owners = translator.namespaces.map((owner) => `${owner}:errors.${code}`);
      const key = [`errors.${code}`, ...owners, 'common:errors.invalid'];
      return filled(translator.translate({ ...base, key, values: { ...shown, ...WAIT_VALUE } }));
    },
    flash: flash && {
      kind: flash.kind,
      text: filled(
        t(flash.message, { ...flash.values, ...WAIT_VALUE }),
        flash.retryAfterSeconds === undefined
          ? undefined
          : new Date(now.getTime() + flash.retryAfterSeconds * 1_000),
      ),
    },
  };
}

function values(
  { locale, theme, viewer, path, csrfToken, now, timeZone }: RenderScope,
  t: (key: string) => string,
): object {
  const zoneName = timeZone === undefined ? 'short' : 'none';
  const formats = createFormats({ locale, now, timeZone, zoneName });
  const isNow = (value: Date): boolean => Math.abs(value.getTime() - now.getTime()) < MINUTE_MS;
  const relative = (value: Date): string =>
    isNow(value) ? t('design:justNow') : formats.relative(value);
  const mark = (value: Date, style: TimeStyle): string =>
    markTime(value, style, { ...formats, relative });
  return {
    locale,
    theme,
    viewer,
    path,
    csrfToken,
    csrfField: safe(`<input type="hidden" name="_csrf" value="${escapeHtml(csrfToken)}">`),
    /** Moments become `<time>` elements: see `time-elements.ts`. */
    formatDate: (value: Date) => mark(value, 'date'),
    formatDateTime: (value: Date) => mark(value, 'datetime'),
    formatTime: (value: Date) => mark(value, 'time'),
    formatRelative: (value: Date) => mark(value, 'relative'),
    /** A day of a calendar, which is the same in every time zone. */
    formatDay: formats.calendarDay,
    formatNumber: formats.number,
    formatPercent: formats.percent,
    formatDuration: formats.duration,
    formatList: formats.list,
    formatLocale: formatLocale(locale),
  };
}

// The output of a macro is escaped already, and a sentence is escaped when it is printed.
function textsOf(shown: TranslationValues): TranslationValues {
  const isSafe = (value: unknown): boolean => value instanceof SafeString;
  if (!Object.values(shown).some(isSafe)) return shown;
  const texts = Object.entries(shown).map(([name, value]) => [
    name,
    isSafe(value) ? unescapeHtml(String(value)) : value,
  ]);
  return Object.fromEntries(texts) as TranslationValues;
}

const LINE_MAY_END = /(?<=\w)(?=@\w)|(?<=@[\w.-]*)(?=\.[\w-]{8})|(?<=[/_])(?=\w)/g;

function initial(name: string): string {
  return [...name.trim()][0]?.toLocaleUpperCase() ?? '?';
}

// Allows line breaks in a long address or technical name: before "@", before long parts of a domain, behind "/" and "_". A short
// ending such as ".org" stays with its word. Markup stays unchanged.
function breakable(value: unknown): unknown {
  if (typeof value !== 'string' || hasTime(value)) return value;
  return safe(escapeHtml(value).replaceAll(LINE_MAY_END, '<wbr>'));
}

// Height of 0 to 96 for one point among all.
function plotHeight(points: readonly { readonly value: number }[], value: number): number {
  const largest = Math.max(1, ...points.map((point) => point.value));
  return Math.round((value / largest) * 96);
}

function markup({ html }: RenderedPart): unknown {
  return safe(html);
}

// For data that a script reads: it is not executed, and no text in it can close the element.
function jsonBlock(value: unknown): unknown {
  return safe(JSON.stringify(value).replaceAll('<', String.raw`\u003c`));
}
