import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

import { problemBody } from '../http-error.ts';
import type { RequestLog } from './request-log.ts';
import { plainApiHeaders } from '../security-headers.ts';

interface BrokenRequestDeps {
  readonly requestLog: RequestLog;
  readonly isHttps: boolean;
}

const STATUS_OF: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};
const CODE_OF: Readonly<Record<number, string>> = {
  400: 'request_malformed',
  408: 'request_timeout',
  413: 'body_too_large',
  417: 'expectation_failed',
  431: 'headers_too_large',
};

/**
 * Answers requests that Node refuses before an application receives them. The answers have our headers and problem
 * details (RFC 9457), as all others; the log gets one line without any content of the request.
 */
export function answerBrokenRequests(server: Server, deps: BrokenRequestDeps): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === 'ECONNRESET' || !socket.writable || hasBegun(socket)) {
      socket.destroy();
      return;
    }
    const status = STATUS_OF[error.code ?? ''] ?? 400;
    const { head, body } = compose(deps, status);
    const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}`);
    socket.end(
      [`HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ''}`, ...lines, '', body].join('\r\n'),
    );
  });
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    const { head, body } = compose(deps, 417);
    response.writeHead(417, head).end(body);
  });
}

/** Only one answer can be sent. */
function hasBegun(socket: Duplex): boolean {
  const { _httpMessage: answer } = socket as { _httpMessage?: ServerResponse };
  return answer?.headersSent === true;
}

function compose(
  { requestLog, isHttps }: BrokenRequestDeps,
  status: number,
): { readonly head: Record<string, string>; readonly body: string } {
  const requestId = randomUUID();
  const startedAt = performance.now();
  requestLog({ method: 'none', route: 'none', status, startedAt, requestId });
  const body = problemBody({ status, code: CODE_OF[status] ?? 'request_malformed', requestId });
  const head = {
    ...plainApiHeaders(isHttps),
    'X-Request-Id': requestId,
    'Content-Type': 'application/problem+json',
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
  };
  return { head, body };
}
