import type { IncomingMessage, ServerResponse } from 'node:http';

import { plainApiHeaders } from '../security-headers.ts';
import { isHttps } from '../settings.ts';

type Handler = (req: IncomingMessage, res: ServerResponse) => void;

const FORWARDED = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'];
const GUARD = 'consentry-host=1';
const GUARD_SECONDS = 10;

interface IssuerHost {
  readonly issuer: string;
  /** Is it a request to an endpoint that no person opens, whatever it accepts? */
  readonly isForPrograms: (req: IncomingMessage) => boolean;
}

/**
 * Leads a person who opened a page under another name of this server (`127.0.0.1` in place of `localhost`) to the same page at the
 * issuer, because cookies belong to one host (of any port). Programs and requests through proxies are answered under any name.
 *
 * A proxy can replace `Host` without any sign of itself: a cookie of ten seconds prevents that such a page is redirected to
 * itself.
 * @returns the same handler, which gets all other requests.
 */
export function atIssuer({ issuer, isForPrograms }: IssuerHost, answer: Handler): Handler {
  const { host, hostname } = new URL(issuer);
  const targetOf = (req: IncomingMessage): string | null => {
    const received = URL.parse(`http://${req.headers.host ?? ''}`)?.hostname;
    if (received === undefined || received === hostname) return null;
    if (!isNavigation(req) || isForPrograms(req)) return null;
    if (FORWARDED.some((name) => name in req.headers)) return null;
    if (req.headers.cookie?.includes(GUARD) === true) return null;
    const target = URL.parse(req.url ?? '/', issuer);
    return target?.host === host ? target.href : null;
  };
  return (req, res) => {
    const target = targetOf(req);
    if (target === null) return answer(req, res);
    res.writeHead(302, {
      ...plainApiHeaders(isHttps({ issuer })),
      Location: target,
      'Set-Cookie': `${GUARD}; Max-Age=${String(GUARD_SECONDS)}; Path=/; HttpOnly; SameSite=Lax`,
      'Content-Length': 0,
    });
    res.end();
  };
}

function isNavigation({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.accept?.includes('text/html') === true;
}
