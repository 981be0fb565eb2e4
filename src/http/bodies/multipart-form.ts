import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';

import { Busboy } from '@fastify/busboy';

import { AppError } from '../../platform/app-error.ts';
import { isStorableValue } from '../../platform/storable-text.ts';
import { type FormFields, limited, requireLength, requireType } from './request-body.ts';

/** The one file that a form of a page takes. */
export interface FileField {
  /** Name of the last field of the form: fields after it are not read. */
  readonly name: string;
  readonly maxBytes: number;
}

/** A form with its unread file. */
export interface MultipartForm {
  readonly fields: FormFields;
  /** Null when the person chose no file. Its name and declared type are ignored, because they cannot be trusted. */
  readonly file: AsyncIterable<Buffer> | null;
}

const LIMITS = { fields: 20, fieldNameSize: 100, fieldSize: 8 * 1024, files: 1, headerPairs: 20 };
const OTHER_BYTES = 64 * 1024;

/**
 * Reads `multipart/form-data` (RFC 7578) up to its file and returns the file as a stream.
 * @throws HttpError 415, AppError `body_too_large`, `form_unreadable`.
 */
export async function readMultipart(
  request: IncomingMessage,
  field: FileField,
): Promise<MultipartForm> {
  requireType(request, (type) => type === 'multipart/form-data');
  requireLength(request, field.maxBytes + OTHER_BYTES);
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
      // A browser sends an empty part without a name when the person chose no file.
      if (name !== field.name || fileName === undefined || fileName === '') {
        stream.resume();
        return;
      }
      file = stream;
      // The reader of the stream receives the error; without a reader it must not end the process.
      stream.on('error', () => undefined);
      // A reader that stops early: browsers read the answer only after they have sent the whole body.
      stream.once('close', () => {
        request.unpipe(parser);
        request.resume();
      });
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
      // One more, so that a file that is too large is detected and not truncated.
      limits: { ...LIMITS, fileSize: maxBytes + 1 },
    });
  } catch (cause) {
    throw unreadable(cause);
  }
}

function unreadable(cause: unknown): AppError {
  return new AppError('invalid', 'form_unreadable', { cause });
}
