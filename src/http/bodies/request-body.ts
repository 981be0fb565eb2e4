import type { IncomingMessage } from 'node:http';

import { AppError } from '../../platform/app-error.ts';
import { isStorableValue } from '../../platform/storable-text.ts';
import { HttpError } from '../http-error.ts';

/** Maximum size of a body; oidc-provider has the same limit. */
const BODY_LIMIT_BYTES = 56 * 1024;
const FIELD_LIMIT = 1_000;

/** Fields as received: a repeated name has a list. */
export type FormFields = Record<string, string | string[]>;

/**
 * Reads a JSON object (RFC 8259).
 * @throws HttpError 415 for another content type or an encoded body, AppError `body_too_large`, `json_invalid`, `text_invalid`.
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  requireType(request, (type) => /^application\/(?:[\w.-]+\+)?json$/.test(type));
  const value = parseJson(await readText(request));
  requireStorable(value);
  return value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new AppError('invalid', 'json_invalid', { cause });
  }
}

/**
 * Reads `application/x-www-form-urlencoded`.
 * @throws HttpError 415, AppError `body_too_large`, `too_many_fields`.
 */
export async function readForm(request: IncomingMessage): Promise<FormFields> {
  requireType(request, (type) => type === 'application/x-www-form-urlencoded');
  return parseFields(await readText(request));
}

/**
 * Decodes a query string or a form. The result has no prototype, so a field called `__proto__` is just a field.
 * @throws AppError `too_many_fields`, `text_invalid`
 */
export function parseFields(text: string): FormFields {
  const fields = Object.create(null) as FormFields;
  let count = 0;
  for (const [name, value] of new URLSearchParams(text)) {
    count += 1;
    requireStorable([name, value]);
    if (count > FIELD_LIMIT) throw new AppError('invalid', 'too_many_fields');
    const earlier = fields[name];
    if (earlier === undefined) fields[name] = value;
    else if (Array.isArray(earlier)) earlier.push(value);
    else fields[name] = [earlier, value];
  }
  return fields;
}

/**
 * Refuses text that PostgreSQL cannot store; people do not type such text.
 * @throws AppError `text_invalid`
 */
export function requireStorable(value: unknown): void {
  if (!isStorableValue(value)) throw new AppError('invalid', 'text_invalid');
}

/** @throws HttpError 415 for another content type and for an encoded body. */
export function requireType(request: IncomingMessage, isExpected: (type: string) => boolean): void {
  if (!isOfType(request, isExpected)) throw new HttpError(415, 'media_type_unsupported');
}

/** False for another content type and for an encoded body. */
export function isOfType(request: IncomingMessage, isExpected: (type: string) => boolean): boolean {
  const [type = ''] = (request.headers['content-type'] ?? '').split(';');
  const encoding = request.headers['content-encoding'] ?? 'identity';
  return isExpected(type.trim().toLowerCase()) && encoding === 'identity';
}

/** @throws AppError `body_too_large` for a declared length beyond the limit. */
export function requireLength(request: IncomingMessage, maxBytes: number): void {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
}

async function readText(request: IncomingMessage): Promise<string> {
  requireLength(request, BODY_LIMIT_BYTES);
  const chunks: Buffer[] = [];
  for await (const chunk of limited(bytesOf(request), BODY_LIMIT_BYTES)) chunks.push(chunk);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    throw new AppError('invalid', 'body_not_utf8', { cause });
  }
}

/**
 * The bytes of a body. Stopping early does not end the connection before the refusal has been sent; the rest is discarded.
 * @throws AppError `body_unreadable` when the caller closed the connection or broke the framing (RFC 9112 §7.1). Node's own
 * error contains the request body and is not passed on.
 */
export async function* bytesOf(request: IncomingMessage): AsyncGenerator<Buffer> {
  const body: AsyncIterator<Buffer> = request.iterator({ destroyOnReturn: false });
  try {
    for (;;) {
      const { done, value } = await next(body);
      if (done === true) return;
      yield value;
    }
  } finally {
    // Browsers read an answer only after they have sent the whole body.
    await body.return?.();
    request.resume();
  }
}

async function next(body: AsyncIterator<Buffer>): Promise<IteratorResult<Buffer>> {
  try {
    return await body.next();
  } catch {
    throw new AppError('invalid', 'body_unreadable');
  }
}

/** The same bytes. @throws AppError `body_too_large` beyond the limit. */
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
