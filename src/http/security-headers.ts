import type { Context } from 'koa';

import type { FormTargets } from './pages/page-result.ts';

export interface SecurityHeaderOptions {
  /** Adds HSTS. */
  readonly isHttps: boolean;
  /** Default: `this_site`. */
  readonly formTargets?: FormTargets;
}

const HSTS = 'max-age=63072000; includeSubDomains';

/**
 * Headers of every page, ours and the protocol's: no foreign resource, no inline script or style, no framing, no referrer, no caching.
 * `Referrer-Policy: no-referrer` keeps codes and one-time links out of `Referer` (RFC 9700 §4.2.4).
 * The window is shared with its opener unless {@link isolateWindow} was called: an app that opened the sign-in in a popup finds
 * its `window.opener` again at its callback.
 */
export function applySecurityHeaders(ctx: Context, options: SecurityHeaderOptions): void {
  ctx.set({
    'Content-Security-Policy': POLICIES[options.formTargets ?? 'this_site'],
    'X-Frame-Options': 'DENY',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  });
  if (ctx.state['isWindowIsolated'] === true) {
    ctx.set('Cross-Origin-Opener-Policy', 'same-origin');
  }
  ctx.set(commonHeaders(options.isHttps));
}

/**
 * Cuts the window of every answer to this request off from the window that opened it, redirects and error pages included. For pages of
 * signed-in people: all answers of one address are alike, so an opener cannot find out whether a person is signed in.
 */
export function isolateWindow(ctx: Context): void {
  ctx.state['isWindowIsolated'] = true;
}

/** Headers of every other answer. */
export function applyApiHeaders(
  ctx: Context,
  options: Pick<SecurityHeaderOptions, 'isHttps'>,
): void {
  ctx.set(plainApiHeaders(options.isHttps));
}

/** The same, for an answer without a Koa context. */
export function plainApiHeaders(isHttps: boolean): Record<string, string> {
  return {
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
    ...commonHeaders(isHttps),
  };
}

function commonHeaders(isHttps: boolean): Record<string, string> {
  return {
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Cache-Control': 'no-store',
    ...(isHttps && { 'Strict-Transport-Security': HSTS }),
  };
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
