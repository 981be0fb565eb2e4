import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';

import { Busboy } from '@fastify/busboy';

import { AppError } from '../../platform/app-error.ts';
import { isStorableValue } from '../../platform/storable-text.ts';
import { HttpError } from '../http-error.ts';
import type { FormFields } from './request-body.ts';
import { limited } from './upload.ts';

/** The one file that a form of a page takes. */
export interface FileField {
  /** Name of the field. It stands last in the form: fields after it are not read. */
  readonly name: string;
  readonly maxBytes: number;
}

/** A form whose file has not been read yet. */
export interface MultipartForm {
  readonly fields: FormFields;
  /** Null when nothing was chosen. Its name and declared type are not kept, because neither is proven. */
  readonly file: AsyncIterable<Buffer> | null;
}

const LIMITS = { fields: 20, fieldNameSize: 100, fieldSize: 8 * 1024, files: 1, headerPairs: 20 };
const OTHER_BYTES = 64 * 1024;

/**
 * Reads `multipart/form-data` (RFC 7578) up to its file and hands the file over as a stream.
 * @throws HttpError 415, AppError `body_too_large`, `form_unreadable`.
 */
export async function readMultipart(
  request: IncomingMessage,
  field: FileField,
): Promise<MultipartForm> {
  requireMultipart(request);
  if (Number(request.headers['content-length'] ?? 0) > field.maxBytes + OTHER_BYTES) {
    throw new AppError('too_large', 'body_too_large');
  }
  return new Promise((resolve, reject) => {
    const fields = Object.create(null) as FormFields;
    const parser = openParser(request, field);
    let file: Readable | undefined;
    const fail = (cause: unknown): void => {
      request.unpipe(parser);
      reject(unreadable(cause));
      file?.destroy(unreadable(cause));
    };
    parser.on('field', (name, value) => {
      if (!isStorableValue([name, value])) return fail(new Error('unstorable text'));
      fields[name] ??= value;
    });
    parser.on('file', (name, stream, fileName) => {
      // A browser sends an empty part without a name when nothing was chosen.
      if (name !== field.name || fileName === undefined || fileName === '') {
        stream.resume();
        return;
      }
      file = stream;
      // The reader of the stream receives the error; without a reader it must not end the process.
      stream.on('error', () => undefined);
      resolve({ fields, file: limited(stream, field.maxBytes) });
    });
    parser.on('fieldsLimit', () => fail(new Error('too many fields')));
    parser.on('error', fail);
    parser.on('finish', () => resolve({ fields, file: null }));
    request.once('close', () => {
      if (!request.complete) fail(new Error('the request was broken off'));
    });
    request.pipe(parser);
  });
}

function openParser(request: IncomingMessage, { maxBytes }: FileField) {
  try {
    return new Busboy({
      headers: { 'content-type': request.headers['content-type'] ?? '' },
      // One more, so that too much is noticed and not cut off.
      limits: { ...LIMITS, fileSize: maxBytes + 1 },
    });
  } catch (cause) {
    throw unreadable(cause);
  }
}

function requireMultipart(request: IncomingMessage): void {
  const [type = ''] = (request.headers['content-type'] ?? '').split(';');
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (type.trim().toLowerCase() !== 'multipart/form-data' || encoding !== 'identity') {
    throw new HttpError(415, 'media_type_unsupported');
  }
}

function unreadable(cause: unknown): AppError {
  return new AppError('invalid', 'form_unreadable', { cause });
}
