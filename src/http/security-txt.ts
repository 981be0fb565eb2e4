import type { Middleware } from 'koa';

import type { Locale } from '../platform/languages.ts';

interface SecurityTxtOptions {
  readonly issuer: string;
  /** `mailto:` or `https:` URL for reports of vulnerabilities; null: the file does not exist. */
  readonly contact: string | null;
  /** Page that describes how reports are handled, or null. */
  readonly policy: string | null;
  readonly languages: readonly Locale[];
  readonly now: () => Date;
}

const PATH = '/.well-known/security.txt';
const DAY_MS = 86_400_000;
/** RFC 9116 §2.5.5 recommends less than a year. */
const VALID_DAYS = 180;

/** `GET /.well-known/security.txt` (RFC 9116): the contact for vulnerabilities of this installation. */
export function createSecurityTxt(options: SecurityTxtOptions): Middleware {
  const { issuer, contact, policy, languages, now } = options;
  return async (ctx, next) => {
    const isRead = ctx.method === 'GET' || ctx.method === 'HEAD';
    if (contact === null || ctx.path !== PATH || !isRead) return next();
    const today = Math.floor(now().getTime() / DAY_MS) * DAY_MS;
    ctx.state['routePattern'] = PATH;
    ctx.set('Cache-Control', 'public, max-age=3600');
    ctx.type = 'text/plain; charset=utf-8';
    ctx.body = [
      `Contact: ${contact}`,
      `Expires: ${new Date(today + VALID_DAYS * DAY_MS).toISOString()}`,
      `Preferred-Languages: ${languages.join(', ')}`,
      `Canonical: ${issuer}${PATH}`,
      ...(policy === null ? [] : [`Policy: ${policy}`]),
      '',
    ].join('\n');
    return undefined;
  };
}
