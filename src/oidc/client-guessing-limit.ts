import type { Context, Middleware } from 'koa';

import { networkOf } from '../http/client-address.ts';
import { AppError, isAppError } from '../platform/app-error.ts';
import type { Clock } from '../platform/clock.ts';
import type { RateLimiter } from '../platform/rate-limiter.ts';
import { PROTOCOL_ROUTES } from './configuration.ts';

export interface ClientGuessingLimitDeps {
  readonly rateLimiter: RateLimiter;
  readonly clock: Clock;
}

const GUARDED = new Set<string>([
  PROTOCOL_ROUTES.token,
  PROTOCOL_ROUTES.introspection,
  PROTOCOL_ROUTES.revocation,
  PROTOCOL_ROUTES.pushed_authorization_request,
]);
const WRONG_PER_MINUTE = 30;
const MOST_REMEMBERED = 10_000;

/**
 * Bounds guessing of app secrets by address. Only failures are counted, on all nodes together, so a right call costs
 * nothing; an address that has used up its failures is turned away before its next guess is looked at.
 * @throws AppError `rate_limited`.
 */
export function limitClientGuessing({ rateLimiter, clock }: ClientGuessingLimitDeps): Middleware {
  const blockedUntil = new Map<string, number>();

  const count = async (network: string): Promise<void> => {
    try {
      const rule = {
        name: 'client-secret',
        key: network,
        points: WRONG_PER_MINUTE,
        perSeconds: 60,
      };
      await rateLimiter.consume(rule);
    } catch (error) {
      if (!isAppError(error, 'rate_limited')) throw error;
      if (blockedUntil.size >= MOST_REMEMBERED) blockedUntil.clear();
      blockedUntil.set(network, clock.now().getTime() + (error.retryAfterSeconds ?? 60) * 1000);
    }
  };

  return async (ctx, next) => {
    if (ctx.method !== 'POST' || !GUARDED.has(ctx.path)) return next();
    const network = networkOf(ctx.request.ip);
    const left = (blockedUntil.get(network) ?? 0) - clock.now().getTime();
    if (left > 0) {
      throw new AppError('too_many', 'rate_limited', { retryAfterSeconds: Math.ceil(left / 1000) });
    }
    blockedUntil.delete(network);
    await next();
    if (isWrongSecret(ctx)) await count(network);
  };
}

function isWrongSecret(ctx: Context): boolean {
  return ctx.status === 401 && (ctx.body as { error?: string } | null)?.error === 'invalid_client';
}
