import type { Context } from 'koa';

import type { RequestCookie } from '../platform/request-context.ts';
import { isStorableText } from '../platform/storable-text.ts';
import { isHttps, type HttpSettings } from './settings.ts';

/**
 * Our own cookies: `HttpOnly`, `SameSite=Lax`; over TLS `Secure` and named `__Host-`, or `__Secure-` where they are bound
 * to a path (RFC 6265bis §4.1.3). Without TLS the names have no prefix, because browsers refuse it there.
 *
 * Koa's own writer is not used: it knows `Expires` only, which depends on the clock of the browser, and one path for each name.
 */
export function createCookieJar(settings: Pick<HttpSettings, 'issuer'>) {
  const isSecure = isHttps(settings);
  const attributes = `HttpOnly; ${isSecure ? 'Secure; ' : ''}SameSite=Lax`;
  const fullName = (name: string, path: string | undefined): string => {
    const prefix = path === undefined ? '__Host-' : '__Secure-';
    return `${isSecure ? prefix : ''}consentry-${name}`;
  };

  return {
    /** `path` is the one that the cookie was written with. */
    read: (ctx: Context, name: string, path?: string): string | undefined =>
      decode(ctx.cookies.get(fullName(name, path))),

    /** A response sets each cookie at most once; the last value is sent (RFC 6265 §4.1.1). */
    write(ctx: Context, { name, value, path, maxAgeSeconds }: RequestCookie): void {
      const start = `${fullName(name, path)}=`;
      const place = `; Path=${path ?? '/'}; `;
      const age = maxAgeSeconds === undefined ? '' : `; Max-Age=${maxAgeSeconds}`;
      const pending = [ctx.res.getHeader('Set-Cookie') ?? []].flat() as string[];
      ctx.res.setHeader('Set-Cookie', [
        ...pending.filter((cookie) => !(cookie.startsWith(start) && cookie.includes(place))),
        `${start}${encodeURIComponent(value)}${place}${attributes}${age}`,
      ]);
    },

    clear(ctx: Context, name: string): void {
      this.write(ctx, { name, value: '', maxAgeSeconds: 0 });
    },
  };
}

export type CookieJar = ReturnType<typeof createCookieJar>;

function decode(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  try {
    const text = decodeURIComponent(value);
    return isStorableText(text) ? text : undefined;
  } catch {
    return undefined;
  }
}
