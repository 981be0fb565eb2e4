import type { Context } from 'koa';

import { AppError } from '../../platform/app-error.ts';
import { currentLocale } from '../../platform/request-context.ts';
import type { CookieJar } from '../cookies.ts';
import type { Csrf } from '../csrf.ts';
import { applyApiHeaders, applySecurityHeaders } from '../security-headers.ts';
import { type HttpSettings, isHttps } from '../settings.ts';
import { describeLeave, leavePage } from './leave-page.ts';
import type { Flash, PageResult, ResultOf } from './page-result.ts';
import type { TextSigner } from './signed-text.ts';
import { readerTimeZone } from './reader-time-zone.ts';
import { safeReturnPath } from './site-path.ts';
import type { Templates, Theme, Viewer } from './templates.ts';

export const THEME_COOKIE = 'theme';
export const LOCALE_COOKIE = 'locale';
const FLASH_COOKIE = 'flash';
const FLASH_SECONDS = 60;

interface SendOptions {
  readonly viewer?: Viewer | null;
  /** Used when the result names none. */
  readonly defaultStatus?: number;
  /** When the person can try again. */
  readonly retryAt?: Date | null;
  /** The answer to a form that was refused, at the address of the page with the form. */
  readonly isRefused?: boolean;
}

interface PageSenderDeps {
  readonly settings: HttpSettings;
  readonly cookies: CookieJar;
  readonly csrf: Csrf;
  readonly signer: TextSigner;
  readonly templates: Templates;
  /** Changes the HTML of pages only: filters of mails distrust characters that are not visible. */
  readonly keepWordsUnbroken: (html: string) => string;
}

/** Creates the function that sends page results, for our routes and for the pages of the protocol. */
export function createPageSender(deps: PageSenderDeps) {
  return {
    /** Writes the result with every header of a page. @throws AppError `page_not_found`; Error for a redirect to another site. */
    send(ctx: Context, result: PageResult, options: SendOptions = {}): void {
      switch (result.kind) {
        case 'render':
          return sendPage(deps, ctx, { ...result, ...options });
        case 'answer_page':
          return sendPage(deps, ctx, { ...result, kind: 'render', ...options });
        case 'redirect':
          return sendRedirect(deps, ctx, result);
        case 'leave':
          return sendLeave(deps, ctx, result);
        case 'download':
          applyApiHeaders(ctx, { isHttps: isHttps(deps.settings) });
          ctx.attachment(result.fileName);
          ctx.type = result.contentType;
          ctx.body = result.body;
          return undefined;
        case 'not_found':
          throw new AppError('not_found', 'page_not_found');
      }
    },
  };
}

export type PageSender = ReturnType<typeof createPageSender>;

function sendPage(
  deps: PageSenderDeps,
  ctx: Context,
  result: ResultOf<'render'> & SendOptions,
): void {
  const { settings, cookies, csrf, templates } = deps;
  const locale = currentLocale();
  const html = templates.render(result.page, result.model, {
    locale,
    theme: themeOf(cookies.read(ctx, THEME_COOKIE)),
    csrfToken: csrf.issue(ctx),
    viewer: result.viewer ?? null,
    flash: result.flash ?? takeFlash(deps, ctx),
    path: returnPath(deps, ctx),
    retryAt: result.retryAt ?? null,
    isRefused: result.isRefused === true,
    now: settings.clock.now(),
    timeZone: readerTimeZone(ctx),
  });
  const { formTargets = 'this_site' } = result;
  applySecurityHeaders(ctx, { isHttps: isHttps(settings), formTargets });
  ctx.vary('Accept-Language, Cookie');
  ctx.set('Content-Language', locale);
  ctx.status = result.status ?? result.defaultStatus ?? 200;
  ctx.type = 'text/html; charset=utf-8';
  ctx.body = deps.keepWordsUnbroken(html);
}

function sendRedirect(
  { settings, cookies, signer }: PageSenderDeps,
  ctx: Context,
  { location, flash }: ResultOf<'redirect'>,
): void {
  const target = safeReturnPath(location, settings.issuer);
  if (target === undefined) throw new Error('a page tried to redirect to another site');
  if (flash !== undefined) {
    const value = signer.sign(JSON.stringify(flash));
    cookies.write(ctx, { name: FLASH_COOKIE, value, maxAgeSeconds: FLASH_SECONDS });
  }
  applySecurityHeaders(ctx, { isHttps: isHttps(settings) });
  ctx.status = 303;
  ctx.set('Location', target);
  ctx.type = 'text/plain';
  ctx.body = '';
}

/**
 * The only answer that leads from this site to another one. A browser continues at once and adds no entry to its
 * history.
 */
function sendLeave(
  deps: PageSenderDeps,
  ctx: Context,
  { location, name }: ResultOf<'leave'>,
): void {
  const model = describeLeave(location, name);
  sendPage(deps, ctx, { kind: 'render', page: leavePage, model });
  ctx.set('Refresh', `0; url=${model.location}`);
}

// Signed, so that an attacker who plants a cookie cannot put text on our pages.
function takeFlash({ cookies, signer }: PageSenderDeps, ctx: Context): Flash | null {
  const cookie = cookies.read(ctx, FLASH_COOKIE);
  if (cookie === undefined || cookie === '') return null;
  cookies.clear(ctx, FLASH_COOKIE);
  const text = signer.verify(cookie);
  return text === undefined ? null : (JSON.parse(text) as Flash);
}

function returnPath({ settings }: PageSenderDeps, ctx: Context): string {
  const isRead = ctx.method === 'GET' || ctx.method === 'HEAD';
  const path = isRead ? `${ctx.path}${ctx.search}` : ctx.path;
  return safeReturnPath(path, settings.issuer) ?? '/';
}

/** Reads the cookie. Without a known theme the page follows the system. */
function themeOf(value: string | undefined): Theme {
  return value === 'light' || value === 'dark' ? value : 'system';
}
