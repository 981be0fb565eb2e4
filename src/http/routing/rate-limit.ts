import type { Context } from 'koa';

import { networkOf } from '../../platform/ip-address.ts';
import type { RateLimiter } from '../../platform/rate-limiter.ts';
import type { Caller } from './caller.ts';
import type { RouteLimit } from './route-types.ts';

interface LimitedRoute {
  readonly name: string;
  readonly limit: RouteLimit | undefined;
}

/**
 * Counts this request against its address (an IPv6 /64 counts as one).
 * @throws AppError `rate_limited`
 */
export async function limitAddress(
  limiter: RateLimiter,
  ctx: Context,
  route: LimitedRoute,
): Promise<void> {
  if (route.limit === undefined) return;
  await limiter.consume({
    name: route.name,
    key: `ip:${networkOf(ctx.request.ip)}`,
    ...route.limit,
  });
}

/**
 * Counts this request against the account, wherever it comes from.
 * @throws AppError `rate_limited`
 */
export async function limitAccount(
  limiter: RateLimiter,
  caller: Caller,
  route: LimitedRoute,
): Promise<void> {
  if (route.limit === undefined || caller.kind === 'anonymous') return;
  await limiter.consume({ name: route.name, key: `account:${caller.accountId}`, ...route.limit });
}
