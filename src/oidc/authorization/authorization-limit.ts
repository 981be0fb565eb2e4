import type { Middleware } from 'koa';

import { currentRequest } from '../../platform/request-context.ts';
import { PROTOCOL_ROUTES } from '../configuration.ts';
import type { OidcContext } from '../context.ts';

const LIMITED = new Set<string>([PROTOCOL_ROUTES.authorization, PROTOCOL_ROUTES.end_session]);

/**
 * Bounds the requests that one address makes to the public endpoints of a sign-in. Each node counts by itself in fixed
 * memory, because unauthenticated callers could fill the storage of shared counters per address.
 * @throws AppError `rate_limited`.
 */
export function limitAuthorizationRequests({ rateLimiter }: OidcContext): Middleware {
  return async (ctx, next) => {
    if (LIMITED.has(ctx.path)) {
      await rateLimiter.consume({
        name: 'authorization-request',
        key: currentRequest()?.network ?? '',
        points: 1_200,
        perSeconds: 60,
        countedBy: 'node',
      });
    }
    await next();
  };
}
