import type { Context } from 'koa';

export interface SecurityHeaderOptions {
  /** Adds HSTS. */
  readonly isHttps: boolean;
  /** Further places a form on this page may lead to, redirects included; see {@link RenderOptions.formActions}. */
  readonly formActions?: readonly string[];
}

// An origin, or a scheme source for apps on a phone (CSP Level 3 §2.3.1). Nothing that could start another directive.
const FORM_ACTION = /^(?:https?:\/\/(?:[\w.-]+|\[[\da-f:]+\])(?::\d{1,5})?|[a-z][a-z\d+.-]*:)$/i;
const HSTS = 'max-age=63072000; includeSubDomains';

/**
 * Headers of every page, ours and the protocol's: no foreign resource, no inline script or style, no framing, no referrer, no caching.
 * `Referrer-Policy: no-referrer` keeps codes and one-time links out of `Referer` (RFC 9700 §4.2.4).
 */
export function applySecurityHeaders(ctx: Context, options: SecurityHeaderOptions): void {
  ctx.set({
    'Content-Security-Policy': pagePolicy(options.formActions ?? NOWHERE_ELSE),
    'X-Frame-Options': 'DENY',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  });
  ctx.set(commonHeaders(options.isHttps));
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

const NOWHERE_ELSE: readonly string[] = [];

function pagePolicy(formActions: readonly string[]): string {
  return formActions.length === 0 ? PLAIN_POLICY : composePolicy(formActions);
}

function composePolicy(formActions: readonly string[]): string {
  const targets = formActions.filter((target) => FORM_ACTION.test(target));
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    ["form-action 'self'", ...targets].join(' '),
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "object-src 'none'",
  ].join('; ');
}

const PLAIN_POLICY = composePolicy(NOWHERE_ELSE);
