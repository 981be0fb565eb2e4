import type { IncomingHttpHeaders } from 'node:http';

import type { CheckedRequest } from './verify-access.ts';

/** Where gateways check requests. */
export const VERIFY_PATH = '/verify';

/** The request that a gateway describes with its headers. They are read only after the gateway has identified itself. */
export function checkedRequestOf(
  headers: IncomingHttpHeaders,
): Omit<CheckedRequest, 'requiredScope'> {
  return {
    authorization: headers.authorization,
    cookies: headers.cookie,
    method: textOf(headers['x-forwarded-method']),
    path: textOf(headers['x-forwarded-uri']),
    accept: headers.accept,
    fetchMode: textOf(headers['sec-fetch-mode']),
  };
}

/** The value of a header that is sent once; a repeated one counts as absent. */
export function textOf(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
