import type { ServerResponse } from 'node:http';

import { plainApiHeaders, plainPageHeaders } from '../../http/security-headers.ts';
import { escapeHtml } from '../../platform/escape-html.ts';
import type { FailureAnswer } from '../provider-errors.ts';
import type { CodeRedirect } from './answer-authorization.ts';

/** JSON, or an empty text for an answer without a body. */
export interface PlainAnswer extends Pick<FailureAnswer, 'retryAfterSeconds'> {
  readonly status: 200 | FailureAnswer['status'];
  readonly text: string;
}

/** Writes answers with the headers of the library's answers, in the same order and spelling. */
export function createAnswerWriter(isHttps: boolean) {
  const { json, empty } = answerHeaders(isHttps);
  const page = uncached(Object.entries(plainPageHeaders(isHttps)).flat());
  const cookieEnd = `; samesite=lax${isHttps ? '; secure' : ''}; httponly`;

  return {
    answer(
      res: ServerResponse,
      requestId: string,
      { status, text, retryAfterSeconds }: PlainAnswer,
    ): void {
      const length = String(Buffer.byteLength(text));
      const retry = retryAfterSeconds === null ? [] : ['Retry-After', String(retryAfterSeconds)];
      const headers = text === '' ? empty : [...json, length];
      res.writeHead(status, ['X-Request-Id', requestId, ...retry, ...headers]);
      if (text === '') res.end();
      // One-byte text is written in one piece with the head of the answer, without being encoded.
      else res.end(text, Number(length) === text.length ? 'latin1' : 'utf8');
    },

    redirect(
      res: ServerResponse,
      requestId: string,
      { location, cookie, cookieExpiresAt }: CodeRedirect,
    ): void {
      const body = `Redirecting to ${escapeHtml(location)}.`;
      const expires =
        cookieExpiresAt === null
          ? ''
          : `; expires=${new Date(cookieExpiresAt * 1000).toUTCString()}`;
      const { name, value, signature } = cookie;
      const end = `; path=/${cookieEnd}${expires}`;
      const type = ['Content-Type', 'text/html; charset=utf-8', 'Content-Length'];
      const cookies = [`${name}=${value}${end}`, `${name}.sig=${signature}${end}`];
      res.writeHead(303, [
        'X-Request-Id',
        requestId,
        ...page,
        'Location',
        location,
        ...type,
        String(body.length),
        ...cookies.flatMap((text) => ['Set-Cookie', text]),
      ]);
      res.end(body, 'latin1');
    },
  };
}

/** Pairs of names and values. The last one of `json` is the length. */
function answerHeaders(isHttps: boolean) {
  const api = Object.entries(plainApiHeaders(isHttps)).flat();
  const open = ['Vary', 'Origin', 'Access-Control-Allow-Origin', '*'];
  const common = [...api, ...open, 'Access-Control-Expose-Headers', 'WWW-Authenticate'];
  const type = ['Content-Type', 'application/json; charset=utf-8'];
  return {
    json: [...uncached(common), ...type, 'Content-Length'],
    empty: [...common, 'Content-Length', '0'],
  };
}

/** The library sets this header again, in its own spelling. */
function uncached(headers: readonly string[]): string[] {
  return headers.map((text) => (text === 'Cache-Control' ? 'cache-control' : text));
}
