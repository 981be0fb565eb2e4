import type { IncomingMessage } from 'node:http';

import { AppError } from '../../platform/app-error.ts';
import { isStorableValue } from '../../platform/storable-text.ts';
import { HttpError } from '../http-error.ts';

/** Largest body we read; oidc-provider's own limit is the same. */
export const BODY_LIMIT_BYTES = 56 * 1024;
const FIELD_LIMIT = 1_000;

/** Fields as they came: a name that was sent several times has a list. */
export type FormFields = Record<string, string | string[]>;

/**
 * Reads a JSON object (RFC 8259).
 * @throws HttpError 415 for another content type or an encoded body, AppError `body_too_large`, `json_invalid`, `text_invalid`.
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  requireType(request, /^application\/(?:[\w.-]+\+)?json$/);
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
  requireType(request, /^application\/x-www-form-urlencoded$/);
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
 * Refuses text that PostgreSQL cannot hold; no person types it either.
 * @throws AppError `text_invalid`
 */
export function requireStorable(value: unknown): void {
  if (!isStorableValue(value)) throw new AppError('invalid', 'text_invalid');
}

function requireType(request: IncomingMessage, expected: RegExp): void {
  const [type = ''] = (request.headers['content-type'] ?? '').split(';');
  const encoding = request.headers['content-encoding'] ?? 'identity';
  const isExpected = expected.test(type.trim().toLowerCase());
  if (!isExpected || encoding !== 'identity') throw new HttpError(415, 'media_type_unsupported');
}

async function readText(request: IncomingMessage): Promise<string> {
  if (Number(request.headers['content-length'] ?? 0) > BODY_LIMIT_BYTES) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of bytesOf(request)) {
    size += chunk.length;
    if (size > BODY_LIMIT_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    throw new AppError('invalid', 'body_not_utf8', { cause });
  }
}

/**
 * The bytes of a body. Leaving early does not end the connection before the refusal has been sent.
 * @throws AppError `body_unreadable` when the caller went away or broke the framing (RFC 9112 §7.1). Node's own error
 * contains the request body and is not passed on.
 */
export async function* bytesOf(request: IncomingMessage): AsyncGenerator<Buffer> {
  const body: AsyncIterator<Buffer> = request.iterator({ destroyOnReturn: false });
  for (;;) {
    const { done, value } = await next(body);
    if (done === true) return;
    yield value;
  }
}

async function next(body: AsyncIterator<Buffer>): Promise<IteratorResult<Buffer>> {
  try {
    return await body.next();
  } catch {
    throw new AppError('invalid', 'body_unreadable');
  }
}

function tooLarge(): AppError {
  return new AppError('too_large', 'body_too_large');
}
