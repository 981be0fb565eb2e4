import type { IncomingMessage } from 'node:http';

import { HttpError } from '../http-error.ts';
import { bytesOf, isOfType, limited, requireLength } from './request-body.ts';

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
  requireUploadType(request, rule);
  requireLength(request, rule.maxBytes);
  return { content: limited(bytesOf(request), rule.maxBytes) };
}

/** RFC 9110 §15.5.16: the answer names the accepted types. */
function requireUploadType(request: IncomingMessage, { types }: UploadRule): void {
  if (isOfType(request, (type) => types.includes(type))) return;
  throw new HttpError(415, 'media_type_unsupported', { Accept: types.join(', ') });
}
