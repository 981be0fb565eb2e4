import type { IncomingMessage } from 'node:http';

import { bytesOf, limited, requireLength, requireType } from './request-body.ts';

/** The files that may be uploaded. */
export interface UploadRule {
  /** Content types, as a hint for callers: only the content of a file proves its type. */
  readonly types: readonly string[];
  readonly maxBytes: number;
}

/** An unread upload. */
export interface Upload {
  /** Throws AppError `body_too_large` beyond the limit. Stopping early does not end the connection. */
  readonly content: AsyncIterable<Buffer>;
}

/**
 * A body of bytes as a stream.
 * @throws HttpError 415 for another content type or an encoded body, AppError `body_too_large` for a declared length beyond the limit.
 */
export function receiveUpload(request: IncomingMessage, rule: UploadRule): Upload {
  requireType(request, (type) => rule.types.includes(type));
  requireLength(request, rule.maxBytes);
  return { content: limited(bytesOf(request), rule.maxBytes) };
}
