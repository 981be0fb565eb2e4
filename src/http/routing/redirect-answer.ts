import type { Context } from 'koa';

import { applyApiHeaders } from '../security-headers.ts';

const kind: unique symbol = Symbol('redirect');

/** An answer of an operation that sends a browser to another address; made by {@link redirectTo}. */
export interface RedirectAnswer {
  readonly [kind]: true;
  readonly location: string;
  /** Values of `Set-Cookie`. */
  readonly cookies: readonly string[];
}

/**
 * Sends the browser on with 303 (RFC 9110 §15.4.4). `location` is an absolute address that was built from a registration or
 * from the configuration, never one that the request names.
 */
export function redirectTo(location: string, cookies: readonly string[] = []): RedirectAnswer {
  return { [kind]: true, location: new URL(location).href, cookies };
}

/** Is the result of an operation a redirect? */
export function isRedirect(result: unknown): result is RedirectAnswer {
  return typeof result === 'object' && result !== null && kind in result;
}

/** Answers with the redirect. It is never stored, and its page passes on no referrer. */
export function sendRedirect(
  ctx: Context,
  { location, cookies }: RedirectAnswer,
  security: { readonly isHttps: boolean },
): void {
  applyApiHeaders(ctx, security);
  ctx.status = 303;
  ctx.set('Location', location);
  if (cookies.length > 0) ctx.set('Set-Cookie', [...cookies]);
  ctx.body = null;
  // Koa takes an empty body for 204.
  ctx.status = 303;
}
