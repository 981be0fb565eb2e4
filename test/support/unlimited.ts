import type { RateLimiter } from '../../src/platform/rate-limiter.ts';

/** A limiter that refuses nothing, for tests of something else. */
export const UNLIMITED: RateLimiter = {
  consume: () => Promise.resolve(),
  reserve: () =>
    Promise.resolve({
      retryAfterSeconds: 0,
      isFirstWithoutPoint: false,
      giveBack: () => Promise.resolve(),
    }),
  reset: () => Promise.resolve(),
};
