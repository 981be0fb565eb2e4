import type { VisitedPage } from './visitor.ts';

const CHANGING_HEADERS = new Set(['date', 'x-request-id', 'connection', 'keep-alive']);
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/**
 * An answer without what differs between two visits of anybody: random tokens, ids, and the address that was typed.
 * Two answers that are equal after this tell nobody anything.
 */
export function maskAnswer(page: VisitedPage, typed: string): string {
  const body = page.body
    .replaceAll(/(name="_csrf" value=")[^"]+/g, '$1TOKEN')
    .replaceAll(/\/interaction\/[\w-]+/g, '/interaction/UID')
    .replaceAll(UUID, 'UUID')
    .replaceAll(typed, 'TYPED');
  const headers = [...page.headers]
    .filter(([name]) => !CHANGING_HEADERS.has(name))
    .map(([name, value]) => `${name}: ${name === 'set-cookie' ? maskCookie(value) : value}`)
    .toSorted();
  const path = page.url.pathname.replace(/\/interaction\/[\w-]+/, '/interaction/UID');
  return [`${String(page.status)} ${path}`, ...headers, body].join('\n');
}

function maskCookie(value: string): string {
  return value
    .replaceAll(/=[\w%.~+/-]{8,}(?=;|,|$)/g, '=VALUE')
    .replaceAll(/\/interaction\/[\w-]+/g, '/interaction/UID')
    .replaceAll(/expires=[^;]+/gi, 'expires=TIME');
}
