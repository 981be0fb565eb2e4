import { AppError, isAppError } from '../../platform/app-error.ts';
import { networksOf } from '../../platform/ip-address.ts';
import type { RateLimiter } from '../../platform/rate-limiter.ts';
import { currentRequest } from '../../platform/request-context.ts';

const WINDOW_SECONDS = 900;
const PLACES_PER_NETWORK = 120;
/** A home can have a whole /48 or /56 of IPv6; but many phones, each with a /64, can share one. */
const PLACES_PER_WIDE_NETWORK: Readonly<Record<string, number>> = { '/48': 480, '/56': 240 };
/** Each has at most about 12 kB, together 36 MB. */
const PLACES = 3_000;

/**
 * Limits the storage that callers without a session and without a secret may cause. The count per network is kept by each node
 * in fixed memory, so that a flood from many networks creates no keys.
 */
export function createUnauthenticatedQuota(rateLimiter: RateLimiter) {
  return {
    /**
     * Takes one place of each network of the caller (`networksOf`) and one of all nodes together.
     * @throws AppError `busy` (kind `unavailable`) when there is none left.
     */
    async take(): Promise<void> {
      const rule = { name: 'stored-request', perSeconds: WINDOW_SECONDS } as const;
      try {
        for (const network of networksOf(currentRequest()?.ip ?? '').toReversed()) {
          const points = PLACES_PER_WIDE_NETWORK[network.slice(-3)] ?? PLACES_PER_NETWORK;
          await rateLimiter.consume({ ...rule, key: network, points, countedBy: 'node' });
        }
        await rateLimiter.consume({ ...rule, key: 'all', points: PLACES });
      } catch (error) {
        if (!isAppError(error, 'rate_limited')) throw error;
        throw new AppError('unavailable', 'busy', {
          cause: error,
          retryAfterSeconds: error.retryAfterSeconds ?? WINDOW_SECONDS,
        });
      }
    },
  };
}

export type UnauthenticatedQuota = ReturnType<typeof createUnauthenticatedQuota>;
