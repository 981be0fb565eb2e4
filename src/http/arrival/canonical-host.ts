import type { IncomingMessage, ServerResponse } from 'node:http';

import { plainApiHeaders } from '../security-headers.ts';
import { isHttps } from '../settings.ts';

const FORWARDED = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'];
const GUARD = 'consentry-host=1';
const GUARD_SECONDS = 10;

/**
 * Leads a person who opened a page under another name of this server (`127.0.0.1` in place of `localhost`) to the same page at the
 * issuer, because cookies belong to one host (of any port). Programs and requests through proxies are answered under any name.
 *
 * A proxy can replace `Host` without any sign of itself: a cookie of ten seconds prevents that such a page is redirected to
 * itself.
 * @returns true when the request has been answered.
 */
export function createCanonicalHost({ issuer }: { readonly issuer: string }) {
  const { host, hostname } = new URL(issuer);
  return (req: IncomingMessage, res: ServerResponse): boolean => {
    const received = URL.parse(`http://${req.headers.host ?? ''}`)?.hostname;
    if (received === undefined || received === hostname) return false;
    if (req.method !== 'GET' || req.headers.accept?.includes('text/html') !== true) return false;
    if (FORWARDED.some((name) => name in req.headers)) return false;
    if (req.headers.cookie?.includes(GUARD) === true) return false;
    const target = URL.parse(req.url ?? '/', issuer);
    if (target?.host !== host) return false;
    res.writeHead(302, {
      ...plainApiHeaders(isHttps({ issuer })),
      Location: target.href,
      'Set-Cookie': `${GUARD}; Max-Age=${String(GUARD_SECONDS)}; Path=/; HttpOnly; SameSite=Lax`,
      'Content-Length': 0,
    });
    res.end();
    return true;
  };
}
