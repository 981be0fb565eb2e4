import type { Readable } from 'node:stream';

import type { Context } from 'koa';

import { applyApiHeaders } from '../security-headers.ts';

/** Bytes to show, or to save when they have a name; see `Bytes` in `route.ts`. */
export interface FileAnswer {
  readonly contentType: string;
  readonly body: Buffer | Readable;
  /** Makes it a file to save. */
  readonly fileName?: string;
  /** Pages of other sites may show it. Default: only ours. */
  readonly isForOtherSites?: boolean;
  /** Its address names its content, and it contains nothing of a person: caches keep it. Default: it is never stored. */
  readonly isImmutable?: boolean;
}

const IMMUTABLE = 'public, max-age=31536000, immutable';

/** Answers with the file: not stored unless it is immutable, its type never guessed, and inert when it is opened directly. */
export function sendFile(
  ctx: Context,
  file: FileAnswer,
  options: { readonly isHttps: boolean },
): void {
  applyApiHeaders(ctx, options);
  ctx.set({
    'Content-Security-Policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
    'Cache-Control': file.isImmutable === true ? IMMUTABLE : 'private, no-store',
    'Content-Disposition': dispositionOf(file),
    'X-Robots-Tag': 'noindex',
  });
  if (file.fileName !== undefined) ctx.attachment(file.fileName);
  if (file.isForOtherSites === true) ctx.set('Cross-Origin-Resource-Policy', 'cross-origin');
  ctx.status = 200;
  ctx.type = file.contentType;
  ctx.body = file.body;
}

function dispositionOf({ fileName }: FileAnswer): string {
  if (fileName === undefined) return 'inline';
  if (!/^[\w.-]+$/.test(fileName)) throw new Error('a file has a name that a header cannot carry');
  return `attachment; filename="${fileName}"`;
}
