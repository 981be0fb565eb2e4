import { hash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Context, Middleware } from 'koa';

import type { PlainIngress } from '../http/arrival/plain-ingress.ts';
import { DISCOVERY_PATHS, PROTOCOL_ROUTES } from './configuration.ts';

interface ConstantDocument {
  readonly text: string;
  readonly isAscii: boolean;
  readonly type: string;
  readonly etag: string;
  /** The headers of the answer, without those that depend on the request, after the middleware has created it. */
  rawHeaders: readonly string[] | null;
}

const PATHS = new Set([...DISCOVERY_PATHS, PROTOCOL_ROUTES.jwks]);
const MAX_AGE_SECONDS = 300;

/**
 * Discovery and the key set of one provider. They hardly change during the life of a provider, so the library creates
 * each once, and the same bytes are then sent with an ETag (RFC 9110 §8.8.3). They are public, so any origin may read
 * them (CORS).
 */
export function createConstantDocuments() {
  const documents = new Map<string, ConstantDocument>();
  const middleware: Middleware = async (ctx, next) => {
    if ((ctx.method !== 'GET' && ctx.method !== 'HEAD') || !PATHS.has(ctx.path)) return next();
    const known = documents.get(ctx.path);
    if (known !== undefined) {
      answer(ctx, known);
      if (ctx.status === 200) known.rawHeaders ??= headersOf(ctx);
      return;
    }
    await next();
    if (ctx.status !== 200) return;
    const made = toDocument(ctx);
    documents.set(ctx.path, made);
    answer(ctx, made);
  };

  return {
    /** Makes and answers them, conditional requests (RFC 9110 §13) included. */
    middleware,
    /** Makes the documents again at the next request. */
    forget: () => documents.clear(),
    /**
     * Answers a plain request without any middleware, with the same bytes and headers. @returns false when the
     * middleware has to answer.
     */
    answerAtOnce(req: IncomingMessage, res: ServerResponse, plainIngress: PlainIngress): boolean {
      const path = req.url ?? '';
      const known = documents.get(path);
      if (known?.rawHeaders == null || req.method !== 'GET') return false;
      if (req.headers['if-none-match'] !== undefined) return false;
      const { context, logAnswer } = plainIngress(req);
      logAnswer(res, { route: path });
      res.writeHead(200, [...known.rawHeaders, 'X-Request-Id', context.requestId]);
      // Text is written in one piece with the head of the answer.
      res.end(known.text, known.isAscii ? 'latin1' : 'utf8');
      return true;
    },
  };
}

export type ConstantDocuments = ReturnType<typeof createConstantDocuments>;

function headersOf(ctx: Context): string[] {
  const headers = Object.entries(ctx.res.getHeaders());
  return headers
    .filter(([name]) => name !== 'x-request-id' && name !== 'set-cookie')
    .flatMap(([name, value]) => [name, String(value)]);
}

function toDocument(ctx: Context): ConstantDocument {
  const text = JSON.stringify(ctx.body);
  const etag = `"${hash('sha256', text, 'base64url').slice(0, 27)}"`;
  const isAscii = Buffer.byteLength(text) === text.length;
  return { text, isAscii, etag, type: ctx.type, rawHeaders: null };
}

function answer(ctx: Context, document: ConstantDocument): void {
  ctx.set({
    ETag: document.etag,
    'Cache-Control': `public, max-age=${MAX_AGE_SECONDS}`,
    'Access-Control-Allow-Origin': '*',
    'Content-Type': document.type,
  });
  ctx.status = 200;
  if (isKnownTo(ctx, document.etag)) ctx.status = 304;
  else ctx.body = document.text;
}

// The library's own freshness check is off for requests with `no-cache`, which fetch() sends with every conditional request.
function isKnownTo(ctx: Context, etag: string): boolean {
  return ctx
    .get('If-None-Match')
    .split(',')
    .some((known) => known.trim().replace(/^W\//, '') === etag);
}
