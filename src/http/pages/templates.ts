import nunjucks from 'nunjucks';

import type { Assets } from './assets.ts';
import { escapeHtml } from './escape-html.ts';
import { createFormats } from './formats.ts';
import type { Locale, TranslationValues, Translator } from './i18n.ts';
import type { Page } from './page.ts';

export type Theme = 'system' | 'light' | 'dark';

/** The person who sees the page, for the frame around it. */
export interface Viewer {
  readonly name: string;
  readonly isAdministrator: boolean;
}

/** The members of a page besides its model. */
export interface RenderScope {
  readonly locale: Locale;
  readonly theme: Theme;
  readonly csrfToken: string;
  readonly viewer: Viewer | null;
  readonly flash: ShownFlash | null;
  /** Path and query to come back to after switching language or theme. */
  readonly path: string;
  readonly now: Date;
  readonly timeZone?: string;
}

export interface ShownFlash {
  readonly kind: 'good' | 'warn' | 'bad';
  readonly message: string;
  readonly values?: TranslationValues;
}

export interface TemplatesOptions {
  readonly viewsFolder: string;
  readonly isDevelopment: boolean;
  readonly translator: Translator;
  readonly assets: Assets;
}

/** Turns pages into HTML. */
export interface Templates {
  /** @throws Error when the template prints something undefined or lacks a translation (in strict mode). */
  render<Model extends object>(page: Page<Model>, model: Model, scope: RenderScope): string;
}

const { SafeString } = nunjucks.runtime;
const safe = (html: string): unknown => new SafeString(html);
/** Autoescape is on; printing a missing value is an error; outside development templates are compiled once. */
export function createTemplates(options: TemplatesOptions): Templates {
  const { viewsFolder, isDevelopment, translator, assets } = options;
  const loader = new nunjucks.FileSystemLoader(viewsFolder, { noCache: isDevelopment });
  const environment = new nunjucks.Environment(loader, {
    autoescape: true,
    throwOnUndefined: true,
    trimBlocks: true,
    lstripBlocks: true,
  });
  environment.addGlobal('asset', assets.url);
  environment.addGlobal('isDevelopment', isDevelopment);
  environment.addGlobal('initial', initialOf);
  environment.addGlobal('plotHeight', plotHeight);
  environment.addGlobal('breakable', breakable);
  environment.addGlobal('jsonBlock', jsonBlock);

  return Object.freeze({
    render: <Model extends object>(page: Page<Model>, model: Model, scope: RenderScope) => {
      // Macros see globals only. Rendering never waits, so globals set here belong to this page alone.
      const [namespace = 'common'] = page.template.split('/');
      const globals = { ...words(translator, scope, namespace), ...values(scope) };
      for (const [name, value] of Object.entries(globals)) environment.addGlobal(name, value);
      return environment.render(page.template, model);
    },
  });
}

function words(translator: Translator, scope: RenderScope, namespace: string): object {
  const base = { locale: scope.locale, namespace };
  const t = (key: string, shown: TranslationValues = {}): string =>
    translator.translate({ ...base, key, values: shown });
  return {
    t,
    tRich: (key: string, shown: TranslationValues = {}) =>
      safe(translator.translate({ ...base, key, values: shown, escapeValues: true })),
    /** The sentence for an error code: this slice's own, else that of the slice the code belongs to. Empty for no error. */
    errorText: (code?: string) => {
      if (code === undefined || code === null || code === '') return '';
      const owners = translator.namespaces.map((owner) => `${owner}:errors.${code}`);
      const key = [`errors.${code}`, ...owners, 'common:errors.invalid'];
      return translator.translate({ ...base, key });
    },
    flash: scope.flash && {
      kind: scope.flash.kind,
      text: t(scope.flash.message, scope.flash.values),
    },
  };
}

function values(scope: RenderScope): object {
  const { locale, now, timeZone } = scope;
  const formats = createFormats({ locale, now, ...(timeZone !== undefined && { timeZone }) });
  return {
    locale,
    theme: scope.theme,
    viewer: scope.viewer,
    path: scope.path,
    csrfToken: scope.csrfToken,
    csrfField: safe(`<input type="hidden" name="_csrf" value="${escapeHtml(scope.csrfToken)}">`),
    formatDate: formats.date,
    formatDateTime: formats.dateTime,
    formatRelative: formats.relative,
    formatNumber: formats.number,
    formatPercent: formats.percent,
    formatList: formats.list,
    /** `<time>` that a script turns into the reader's own time zone; `style` is date, datetime or relative. */
    timeTag: (value: Date, style: 'date' | 'datetime' | 'relative' = 'datetime') => {
      const text = { date: formats.date, datetime: formats.dateTime, relative: formats.relative }[
        style
      ](value);
      const title = style === 'relative' ? ` title="${escapeHtml(formats.dateTime(value))}"` : '';
      return safe(
        `<time datetime="${value.toISOString()}" data-style="${style}"${title}>${escapeHtml(text)}</time>`,
      );
    },
  };
}

function initialOf(name: string): string {
  return [...name.trim()][0]?.toLocaleUpperCase() ?? '?';
}

// Lets a long address break where a reader would break it. Markup that a macro was given stays as it is.
function breakable(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  return safe(escapeHtml(value).replaceAll(/(?<=\w)(?=[@.]\w)|(?<=\/)(?=\w)/g, '<wbr>'));
}

// Height of 0 to 96 for one point among all.
function plotHeight(points: readonly { readonly value: number }[], value: number): number {
  const largest = Math.max(1, ...points.map((point) => point.value));
  return Math.round((value / largest) * 96);
}

// For data that a script reads: inert, and no text in it can end the element.
function jsonBlock(value: unknown): unknown {
  return safe(JSON.stringify(value).replaceAll('<', String.raw`\u003c`));
}
