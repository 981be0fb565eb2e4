import type { IncomingMessage } from 'node:http';

/** Of the absolute form, which every server accepts (RFC 9112 §3.2.2). */
const AUTHORITY = /^https?:\/\/[^/?#]*/i;

/**
 * Writes the target of a request as `/path?query`, without scheme, host and fragment, so that all code that reads it finds the
 * same path. Node refuses characters outside of ASCII.
 */
export function writeOriginForm(req: IncomingMessage): void {
  const target = req.url ?? '';
  if (target.startsWith('/') && !target.includes('#')) return;
  const [local = ''] = target.replace(AUTHORITY, '').split('#', 1);
  req.url = local === '' || local.startsWith('?') ? `/${local}` : local;
}
