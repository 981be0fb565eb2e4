import type { VisitedPage } from '../people/visitor.ts';

const CHANGING_HEADERS = new Set(['date', 'x-request-id', 'connection', 'keep-alive']);
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
/** The end of a pause, which depends on the time of the visit. */
const WAIT = /(?<=<time class="wait") datetime="[^"]*"|(?<=data-now="now">)at [\d:]+ UTC/g;

/**
 * A response without the parts that differ between any two visits: random tokens, ids, and the typed address.
 * Two responses that are equal after this reveal nothing about an account.
 */
export function maskAnswer(page: VisitedPage, typed: string): string {
  const body = maskChallenge(page.body)
    .replaceAll(/(name="_csrf" value=")[^"]+/g, '$1TOKEN')
    .replaceAll(/\/interaction\/[\w-]+/g, '/interaction/UID')
    .replaceAll(UUID, 'UUID')
    .replaceAll(WAIT, 'WAIT')
    .replaceAll(typed, 'TYPED');
  const headers = [...page.headers]
    .filter(([name]) => !CHANGING_HEADERS.has(name))
    .map(([name, value]) => `${name}: ${name === 'set-cookie' ? maskCookie(value) : value}`)
    .toSorted();
  const path = page.url.pathname
    .replace(/\/interaction\/[\w-]+/, '/interaction/UID')
    .replaceAll(UUID, 'UUID');
  return [`${String(page.status)} ${path}`, ...headers, body].join('\n');
}

/** A page without the challenge for passkeys, which is random at each visit; its length stays. */
export function maskChallenge(html: string): string {
  return html
    .replaceAll(
      /(?<=&quot;challenge&quot;:&quot;)[\w-]+/g,
      (text) => `CHALLENGE ${String(text.length)}`,
    )
    .replaceAll(/(?<=name="ticket" value=")[\w-]+/g, (text) => `TICKET ${String(text.length)}`);
}

function maskCookie(value: string): string {
  return value
    .replaceAll(/=[\w%.~+/-]{8,}(?=;|,|$)/g, '=VALUE')
    .replaceAll(/\/interaction\/[\w-]+/g, '/interaction/UID')
    .replaceAll(/expires=[^;]+/gi, 'expires=TIME');
}
