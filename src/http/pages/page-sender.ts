import type { Context } from 'koa';

import { currentRequest } from '../../platform/request-context.ts';
import type { CookieJar } from '../cookies.ts';
import type { Csrf } from '../csrf.ts';
import { LOCALES, pickLocale, type Locale } from './i18n.ts';
import { describeLeave, leavePage } from './leave-page.ts';
import type {
  Flash,
  LeaveResult,
  PageResult,
  RedirectResult,
  RenderResult,
} from './page-result.ts';
import { safeReturnPath } from './site-path.ts';
import { applyApiHeaders, applySecurityHeaders } from '../security-headers.ts';
import { isHttps, type HttpSettings } from '../settings.ts';
import type { TextSigner } from './signed-text.ts';
import type { ShownFlash, Templates, Theme, Viewer } from './templates.ts';
import { AppError } from '../../platform/app-error.ts';

export const THEME_COOKIE = 'theme';
export const LOCALE_COOKIE = 'locale';
const FLASH_COOKIE = 'flash';
const FLASH_SECONDS = 60;

export interface SendOptions {
  readonly viewer?: Viewer | null;
  /** Used when the result names none. */
  readonly defaultStatus?: number;
}

/** Writes page results to the wire, with every header a page needs. */
export interface PageSender {
  /** @throws AppError `page_not_found`; Error for a redirect that would leave this site. */
  send(ctx: Context, result: PageResult, options?: SendOptions): void;
}

export interface PageSenderDeps {
  readonly settings: HttpSettings;
  readonly cookies: CookieJar;
  readonly csrf: Csrf;
  readonly signer: TextSigner;
  readonly templates: Templates;
}

/** Makes the sender that our own routes and the protocol's pages share. */
export function createPageSender(deps: PageSenderDeps): PageSender {
  return Object.freeze({
    send: (ctx: Context, result: PageResult, options: SendOptions = {}) => {
      switch (result.kind) {
        case 'render':
          return sendPage(deps, ctx, { result, options });
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
  });
}

interface Sending {
  readonly result: RenderResult;
  readonly options: SendOptions;
}

function sendPage(deps: PageSenderDeps, ctx: Context, { result, options }: Sending): void {
  const html = deps.templates.render(result.page, result.model, {
    locale: localeOf(),
    theme: themeOf(deps.cookies.read(ctx, THEME_COOKIE)),
    csrfToken: deps.csrf.issue(ctx),
    viewer: options.viewer ?? null,
    flash: result.flash ?? takeFlash(deps, ctx),
    path: returnPath(deps, ctx),
    now: deps.settings.clock.now(),
  });
  applySecurityHeaders(ctx, {
    isHttps: isHttps(deps.settings),
    formTargets: result.formTargets ?? 'this_site',
  });
  ctx.vary('Accept-Language');
  ctx.vary('Cookie');
  ctx.set('Content-Language', localeOf());
  ctx.status = result.status ?? options.defaultStatus ?? 200;
  ctx.type = 'text/html; charset=utf-8';
  ctx.body = html;
}

function sendRedirect(deps: PageSenderDeps, ctx: Context, result: RedirectResult): void {
  const location = safeReturnPath(result.location, deps.settings.issuer);
  if (location === undefined) throw new Error('a page tried to redirect to another site');
  if (result.flash !== undefined) keepFlash(deps, ctx, result.flash);
  applySecurityHeaders(ctx, { isHttps: isHttps(deps.settings) });
  ctx.status = 303;
  ctx.set('Location', location);
  ctx.type = 'text/plain';
  ctx.body = '';
}

/** The only answer that leads from this site to another one. A browser goes on at once and puts no entry into its history. */
function sendLeave(deps: PageSenderDeps, ctx: Context, { location, name }: LeaveResult): void {
  const model = describeLeave(location, name);
  sendPage(deps, ctx, { result: { kind: 'render', page: leavePage, model }, options: {} });
  ctx.set('Refresh', `0; url=${model.location}`);
}

function keepFlash({ cookies, signer }: PageSenderDeps, ctx: Context, flash: Flash): void {
  cookies.write(ctx, {
    name: FLASH_COOKIE,
    value: signer.sign(JSON.stringify(flash)),
    maxAgeSeconds: FLASH_SECONDS,
  });
}

// Signed, so that an attacker who plants a cookie cannot put text on our pages.
function takeFlash({ cookies, signer }: PageSenderDeps, ctx: Context): ShownFlash | null {
  const cookie = cookies.read(ctx, FLASH_COOKIE);
  if (cookie === undefined || cookie === '') return null;
  cookies.clear(ctx, FLASH_COOKIE);
  const text = signer.verify(cookie);
  return text === undefined ? null : (JSON.parse(text) as ShownFlash);
}

function returnPath({ settings }: PageSenderDeps, ctx: Context): string {
  const isRead = ctx.method === 'GET' || ctx.method === 'HEAD';
  const path = isRead ? `${ctx.path}${ctx.search}` : ctx.path;
  return safeReturnPath(path, settings.issuer) ?? '/';
}

function localeOf(): Locale {
  return pickLocale([currentRequest()?.locale ?? '']) ?? LOCALES[0];
}

/** Reads the cookie; anything but a known theme follows the system. */
export function themeOf(value: string | undefined): Theme {
  return value === 'light' || value === 'dark' ? value : 'system';
}
