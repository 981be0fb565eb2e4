import type { IncomingMessage } from 'node:http';
import { parse } from 'node:querystring';

/** The fields of a plain form: each has one value of printable ASCII. */
export type PlainForm = Readonly<Record<string, string>>;

/** A request that may be answered on the fast path. */
export interface PlainRequest {
  readonly req: IncomingMessage;
  /** Empty for a request without a body. */
  readonly form: PlainForm;
}

/** Headers that change the meaning of a request, or need an answer with more headers. */
const UNUSUAL_HEADERS = [
  'origin',
  'dpop',
  'oauth-client-attestation',
  'oauth-client-attestation-pop',
  'expect',
  'content-encoding',
  'transfer-encoding',
];
const FORM_TYPE = /^application\/x-www-form-urlencoded(?:; ?charset=utf-8)?$/i;
const LARGEST_FORM_BYTES = 8_192;
const PRINTABLE = /^[\x20-\x7e]*$/;
/** HTML is the first choice. */
const HTML = /^(?:\*\/\*|text\/html(?:,.*)?)$/;
const BEARER = /^Bearer ([\w-]+)$/;

/** Has the request only headers that the fast path understands? */
export function isPlainRequest({ httpVersion, method, headers }: IncomingMessage): boolean {
  if (httpVersion !== '1.1') return false;
  for (const name of UNUSUAL_HEADERS) if (headers[name] !== undefined) return false;
  const length = headers['content-length'];
  if (method === 'GET') return length === undefined && headers['content-type'] === undefined;
  return (
    length !== undefined &&
    Number(length) <= LARGEST_FORM_BYTES &&
    FORM_TYPE.test(headers['content-type'] ?? '')
  );
}

/** The same, for a page that a browser opens: the answer is written as HTML. */
export function isPlainNavigation(req: IncomingMessage): boolean {
  const { accept } = req.headers;
  return isPlainRequest(req) && (accept === undefined || HTML.test(accept));
}

/** The token of a plain `Authorization: Bearer` header (RFC 6750 §2.1); null without one. */
export function bearerOf({ headers }: IncomingMessage): string | null {
  return BEARER.exec(headers.authorization ?? '')?.[1] ?? null;
}

/** The whole body; null when the connection ended before. */
export function readBody(req: IncomingMessage): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => resolve(chunks.length === 1 ? (chunks[0] ?? null) : Buffer.concat(chunks)));
    // Node emits no `error` on a request that has no listener for it: a request that is cut off only emits `close`.
    req.on('close', () => resolve(null));
  });
}

/** Parses a form or a query as the library does. Null when a field is repeated, not in `names`, or not printable ASCII. */
export function parsePlainForm(text: string, names: readonly string[]): PlainForm | null {
  const form = parse(text);
  for (const name in form) {
    const value = form[name];
    if (!names.includes(name) || typeof value !== 'string' || !PRINTABLE.test(value)) return null;
  }
  return form as PlainForm;
}

/** Lets the library read a body that was read here already. */
export function replayBody(req: IncomingMessage, body: Buffer): void {
  const iterator = async function* (): AsyncGenerator<Buffer> {
    if (body.length > 0) yield body;
  };
  Object.defineProperties(req, {
    readable: { value: true, configurable: true },
    iterator: { value: iterator, configurable: true, writable: true },
  });
}
