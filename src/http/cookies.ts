import type { Context } from 'koa';

import { isHttps, type HttpSettings } from './settings.ts';

export interface NewCookie {
  readonly name: string;
  readonly value: string;
  /** Absent: until the browser closes. */
  readonly maxAgeSeconds?: number;
}

/** Our own cookies: `HttpOnly`, `SameSite=Lax`, whole site; `Secure` and `__Host-` over TLS (RFC 6265bis §4.1.3.2). */
export interface CookieJar {
  read(ctx: Context, name: string): string | undefined;
  write(ctx: Context, cookie: NewCookie): void;
  clear(ctx: Context, name: string): void;
}

/** Makes the jar for one deployment; without TLS the names lose their `__Host-` prefix, because browsers refuse it there. */
export function createCookieJar(settings: Pick<HttpSettings, 'issuer'>): CookieJar {
  const isSecure = isHttps(settings);
  const fullName = (name: string): string => `${isSecure ? '__Host-' : ''}consentry-${name}`;

  const write = (ctx: Context, { name, value, maxAgeSeconds }: NewCookie): void => {
    const parts = [`${fullName(name)}=${encodeURIComponent(value)}`, 'Path=/', 'HttpOnly'];
    if (isSecure) parts.push('Secure');
    parts.push('SameSite=Lax');
    if (maxAgeSeconds !== undefined) parts.push(`Max-Age=${maxAgeSeconds}`);
    dropPending(ctx, fullName(name));
    ctx.res.appendHeader('Set-Cookie', parts.join('; '));
  };

  return Object.freeze({
    read: (ctx: Context, name: string) => decoded(ctx.cookies.get(fullName(name))),
    write,
    clear: (ctx: Context, name: string) => write(ctx, { name, value: '', maxAgeSeconds: 0 }),
  });
}

// One answer sets a cookie once: the last word counts (RFC 6265 §4.1.1).
function dropPending(ctx: Context, name: string): void {
  const pending = ctx.res.getHeader('Set-Cookie');
  if (!Array.isArray(pending)) return;
  ctx.res.setHeader(
    'Set-Cookie',
    pending.filter((cookie) => !cookie.startsWith(`${name}=`)),
  );
}

function decoded(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
