import type { Middleware } from 'koa';

import { currentRequest } from '../../platform/request-context.ts';
import { PROTOCOL_ROUTES } from '../configuration.ts';
import type { OidcContext } from '../context.ts';

const LIMITED = new Set<string>([PROTOCOL_ROUTES.authorization, PROTOCOL_ROUTES.end_session]);

/** Counts the requests that one address makes to the public endpoints of a sign-in. */
export function limitAuthorizationRequests(deps: OidcContext): Middleware {
  return async (ctx, next) => {
    if (LIMITED.has(ctx.path)) await countAuthorizationRequest(deps);
    await next();
  };
}

/**
 * Each node counts by itself in fixed memory, because unauthenticated callers could fill the storage of shared counters per
 * address.
 * @throws AppError `rate_limited`.
 */
export async function countAuthorizationRequest({
  rateLimiter,
}: Pick<OidcContext, 'rateLimiter'>): Promise<void> {
  await rateLimiter.consume({
    name: 'authorization-request',
    key: currentRequest()?.network ?? '',
    points: 1_200,
    perSeconds: 60,
    countedBy: 'node',
  });
}
