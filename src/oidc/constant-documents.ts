import { createHash } from 'node:crypto';

import type { Context, Middleware } from 'koa';
import type { Provider } from 'oidc-provider';

interface ConstantDocument {
  readonly body: Buffer;
  readonly type: string;
  readonly etag: string;
}

const PATHS = new Set([
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
  '/jwks',
]);
const MAX_AGE_SECONDS = 300;

/**
 * Discovery and the key set do not change while a provider lives: the library writes each once, then the same bytes are
 * answered with an ETag (RFC 9110 §8.8.3). They are public, so any origin may read them (CORS).
 */
export function serveConstantDocuments(): Middleware {
  const documents = new Map<string, ConstantDocument>();
  return async (ctx, next) => {
    if ((ctx.method !== 'GET' && ctx.method !== 'HEAD') || !PATHS.has(ctx.path)) return next();
    const known = documents.get(ctx.path);
    if (known !== undefined) return answer(ctx, known);
    await next();
    if (ctx.status !== 200) return;
    const made = toDocument(ctx);
    documents.set(ctx.path, made);
    answer(ctx, made);
  };
}

/** Makes the documents of one provider constant; a rebuilt provider begins with none. */
export function makeDocumentsConstant(provider: Provider): void {
  provider.use(serveConstantDocuments());
}

function toDocument(ctx: Context): ConstantDocument {
  const body = Buffer.from(JSON.stringify(ctx.body));
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
  return { body, etag, type: ctx.type };
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
  else ctx.body = document.body;
}

// The library's own freshness check gives up when a request says `no-cache`, as fetch() does with every conditional one.
function isKnownTo(ctx: Context, etag: string): boolean {
  return ctx
    .get('If-None-Match')
    .split(',')
    .some((known) => known.trim().replace(/^W\//, '') === etag);
}
