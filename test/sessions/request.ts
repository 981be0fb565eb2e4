import { randomUUID } from 'node:crypto';

import { serveInRequest } from '../../src/platform/request-context.ts';

/** Runs `work` as one HTTP request from a browser would. */
export function inRequest<T>(
  work: () => Promise<T>,
  browser: { readonly deviceId?: string; readonly ip?: string; readonly userAgent?: string } = {},
): Promise<T> {
  const context = {
    requestId: randomUUID(),
    ip: browser.ip ?? '192.0.2.7',
    network: browser.ip ?? '192.0.2.7',
    userAgent: browser.userAgent ?? 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0',
    deviceId: browser.deviceId ?? null,
    locale: 'en',
    memo: new Map<string, unknown>(),
    failure: null,
    isAnswered: false,
    cookies: { read: () => undefined, write: () => undefined },
  };
  return serveInRequest(context, work);
}
