import type { Middleware } from 'koa';

import type { RateLimiter } from '../../platform/rate-limiter.ts';
import { currentRequest } from '../../platform/request-context.ts';
import { PROTOCOL_ROUTES } from '../configuration.ts';

const LIMITED = new Set<string>([PROTOCOL_ROUTES.authorization, PROTOCOL_ROUTES.end_session]);

/**
 * Bounds the requests that one address makes to the public endpoints of a sign-in. Each node counts by itself in fixed
 * memory, because a shared counter per address would be storage that strangers can fill.
 * @throws AppError `rate_limited`.
 */
export function limitAuthorizationRequests(deps: {
  readonly rateLimiter: RateLimiter;
}): Middleware {
  return async (ctx, next) => {
    if (LIMITED.has(ctx.path)) {
      await deps.rateLimiter.consume({
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
