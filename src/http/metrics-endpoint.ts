import { hash, timingSafeEqual } from 'node:crypto';

import type { Middleware } from 'koa';

import type { Metrics } from '../platform/metrics.ts';

/** `GET /metrics` for a monitoring system. */
export function createMetricsEndpoint({
  metrics,
  token,
}: {
  readonly metrics: Metrics;
  /** The token that a reader has to send as `Authorization: Bearer`; null: none is required. */
  readonly token: string | null;
}): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== '/metrics' || ctx.method !== 'GET') return next();
    ctx.state['routePattern'] = ctx.path;
    ctx.set('Cache-Control', 'no-store');
    if (token !== null && !isSame(ctx.get('Authorization'), `Bearer ${token}`)) {
      ctx.set('WWW-Authenticate', 'Bearer');
      ctx.status = 401;
      return undefined;
    }
    const { body, contentType } = await metrics.render();
    ctx.type = contentType;
    ctx.body = body;
    return undefined;
  };
}

function isSame(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => hash('sha256', text, 'buffer');
  return timingSafeEqual(digest(given), digest(wanted));
}
