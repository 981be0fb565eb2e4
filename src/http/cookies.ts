import type { Context } from 'koa';

import type { RequestCookie } from '../platform/request-context.ts';
import { isStorableText } from '../platform/storable-text.ts';
import { isHttps, type HttpSettings } from './settings.ts';

/**
 * Our own cookies: `HttpOnly`, `SameSite=Lax`; over TLS `Secure` and named `__Host-`, or `__Secure-` where they are bound
 * to a path (RFC 6265bis §4.1.3).
 */
export interface CookieJar {
  /** `path` is the one that the cookie was written with. */
  read(ctx: Context, name: string, path?: string): string | undefined;
  write(ctx: Context, cookie: RequestCookie): void;
  clear(ctx: Context, name: string): void;
}

/** Makes the jar for one deployment; without TLS the names lose their `__Host-` prefix, because browsers refuse it there. */
export function createCookieJar(settings: Pick<HttpSettings, 'issuer'>): CookieJar {
  const isSecure = isHttps(settings);
  const fullName = (name: string, path: string | undefined): string => {
    const prefix = path === undefined ? '__Host-' : '__Secure-';
    return `${isSecure ? prefix : ''}consentry-${name}`;
  };

  const write = (ctx: Context, cookie: RequestCookie): void => {
    const { name, value, path, maxAgeSeconds } = cookie;
    const pair = `${fullName(name, path)}=${encodeURIComponent(value)}`;
    const parts = [pair, `Path=${path ?? '/'}`, 'HttpOnly'];
    if (isSecure) parts.push('Secure');
    parts.push('SameSite=Lax');
    if (maxAgeSeconds !== undefined) parts.push(`Max-Age=${maxAgeSeconds}`);
    dropPending(ctx, { start: `${fullName(name, path)}=`, place: `; Path=${path ?? '/'};` });
    ctx.res.appendHeader('Set-Cookie', parts.join('; '));
  };

  return Object.freeze({
    read: (ctx: Context, name: string, path?: string) =>
      decoded(ctx.cookies.get(fullName(name, path))),
    write,
    clear: (ctx: Context, name: string) => write(ctx, { name, value: '', maxAgeSeconds: 0 }),
  });
}

// A response sets each cookie at most once; the last value wins (RFC 6265 §4.1.1).
function dropPending(
  ctx: Context,
  { start, place }: { readonly start: string; readonly place: string },
): void {
  const pending = ctx.res.getHeader('Set-Cookie');
  if (!Array.isArray(pending)) return;
  ctx.res.setHeader(
    'Set-Cookie',
    pending.filter((cookie) => !(cookie.startsWith(start) && cookie.includes(place))),
  );
}

function decoded(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  try {
    const text = decodeURIComponent(value);
    return isStorableText(text) ? text : undefined;
  } catch {
    return undefined;
  }
}
