import type { IncomingMessage } from 'node:http';

import { AppError } from '../../platform/app-error.ts';
import { HttpError } from '../http-error.ts';
import { bytesOf } from './request-body.ts';

/** The files that may be uploaded. */
export interface UploadRule {
  /** Content types, as a hint for callers: only the content of a file shows its real type. */
  readonly types: readonly string[];
  readonly maxBytes: number;
}

/** An upload that has not been read yet. */
export interface Upload {
  /** Throws AppError `body_too_large` when more comes than may. Leaving early does not end the connection. */
  readonly content: AsyncIterable<Buffer>;
}

/**
 * A body of bytes as a stream.
 * @throws HttpError 415 for another content type or an encoded body, AppError `body_too_large` for a declared length beyond the limit.
 */
export function receiveUpload(request: IncomingMessage, rule: UploadRule): Upload {
  const [type = ''] = (request.headers['content-type'] ?? '').split(';');
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (!rule.types.includes(type.trim().toLowerCase()) || encoding !== 'identity') {
    throw new HttpError(415, 'media_type_unsupported');
  }
  if (Number(request.headers['content-length'] ?? 0) > rule.maxBytes) throw tooLarge();
  return { content: limited(bytesOf(request), rule.maxBytes) };
}

/** Passes bytes on until there are too many. */
export async function* limited(
  content: AsyncIterable<Buffer>,
  maxBytes: number,
): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of content) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge();
    yield chunk;
  }
}

function tooLarge(): AppError {
  return new AppError('too_large', 'body_too_large');
}
