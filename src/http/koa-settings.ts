import type Koa from 'koa';
import type { Context } from 'koa';

import type { Logger } from '../platform/logger.ts';
import { noteFailure } from '../platform/request-context.ts';

const CODES = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_DESTROYED',
]);

/** True for the errors of a connection that the caller closed before the answer was complete. */
export function isCallerGone(ctx: Context, error: unknown): boolean {
  const isClosed = ctx.req.destroyed || ctx.res.destroyed || ctx.req.socket.destroyed;
  return isClosed && CODES.has((error as NodeJS.ErrnoException | null)?.code ?? '');
}

/**
 * The settings of each Koa application of a node, ours and the library's: they print nothing on the console, log a
 * failure while answering in one line, and do not log a connection closed by the caller as a failure.
 */
export function applyKoaSettings(app: Koa, logger: Logger): void {
  app.silent = true;
  app.on('error', (error: unknown, ctx: Context) => {
    if (isCallerGone(ctx, error)) logger.debug({}, 'the caller closed the connection');
    else if (!noteFailure({ level: 'error', fields: { err: error } }))
      logger.error({ err: error }, 'failure while answering');
  });
}
