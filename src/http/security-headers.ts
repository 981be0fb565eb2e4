import type { Context } from 'koa';

import type { FormTargets } from './pages/page-result.ts';

interface Security {
  /** Adds HSTS. */
  readonly isHttps: boolean;
}
type Headers = Record<string, string>;

const COMMON = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};
const HSTS = { 'Strict-Transport-Security': 'max-age=63072000; includeSubDomains' };
const API_HEADERS = both({
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  ...COMMON,
});
const PAGE_HEADERS = both({
  'X-Frame-Options': 'DENY',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  ...COMMON,
});

function both(headers: Headers) {
  return { http: headers, https: { ...headers, ...HSTS } };
}

/**
 * Headers of every page, ours and the protocol's: no foreign resource, no inline script or style, no framing, no referrer, no caching.
 * `Referrer-Policy: no-referrer` keeps codes and one-time links out of `Referer` (RFC 9700 §4.2.4).
 * The window stays connected with its opener unless {@link isolateWindow} was called: an app that opened the sign-in in a popup
 * can use `window.opener` at its callback.
 */
export function applySecurityHeaders(
  ctx: Context,
  { isHttps, formTargets = 'this_site' }: Security & { readonly formTargets?: FormTargets },
): void {
  ctx.set('Content-Security-Policy', POLICIES[formTargets]);
  ctx.set(isHttps ? PAGE_HEADERS.https : PAGE_HEADERS.http);
  if (ctx.state['isWindowIsolated'] === true) {
    ctx.set('Cross-Origin-Opener-Policy', 'same-origin');
  }
}

/**
 * Separates the window of every answer to this request from the window that opened it, redirects and error pages included. For
 * pages of signed-in people: all answers of one address have the same headers, so an opener cannot detect whether a
 * person is signed in.
 */
export function isolateWindow(ctx: Context): void {
  ctx.state['isWindowIsolated'] = true;
}

/** The headers of a page, for an answer without a Koa context. */
export function plainPageHeaders(isHttps: boolean): Headers {
  const common = isHttps ? PAGE_HEADERS.https : PAGE_HEADERS.http;
  return { 'Content-Security-Policy': POLICIES.this_site, ...common };
}

/** Headers of every other answer. */
export function applyApiHeaders(ctx: Context, { isHttps }: Security): void {
  ctx.set(plainApiHeaders(isHttps));
}

/** The same, for an answer without a Koa context. */
export function plainApiHeaders(isHttps: boolean): Headers {
  return isHttps ? API_HEADERS.https : API_HEADERS.http;
}

const BASE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "object-src 'none'",
].join('; ');

const POLICIES: Readonly<Record<FormTargets, string>> = {
  this_site: `${BASE_POLICY}; form-action 'self'`,
  anywhere: BASE_POLICY,
};
