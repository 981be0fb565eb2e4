import { expect } from 'chai';

import { createUnauthenticatedQuota } from '../../src/oidc/client-authentication/unauthenticated-quota.ts';
import { createNodeLimiter } from '../../src/platform/bounded-counter.ts';
import type { RateLimiter } from '../../src/platform/rate-limiter.ts';
import { inRequest } from '../sessions/request.ts';

describe('The storage for requests without a session and a secret', () => {
  const open = () => {
    const perNetwork = createNodeLimiter();
    const limiter: RateLimiter = {
      consume: async (rule) => (rule.countedBy === 'node' ? perNetwork(rule) : undefined),
      reserve: () => Promise.reject(new Error('not used')),
      reset: () => Promise.resolve(),
    };
    const quota = createUnauthenticatedQuota(limiter);
    /** How many of so many requests get a place. */
    return async (requests: number, addressOf: (nth: number) => string): Promise<number> => {
      let places = 0;
      for (let nth = 0; nth < requests; nth += 1) {
        const isTaken = inRequest(() => quota.take(), { ip: addressOf(nth) }).then(
          () => true,
          () => false,
        );
        if (await isTaken) places += 1;
      }
      return places;
    };
  };

  it('is limited for a host, and for the networks that one home can have', async () => {
    const take = open();
    const hex = (nth: number): string => nth.toString(16);
    // Two keys of a counter can share a place, although rarely: then a few requests fewer get a place, never more.
    const about = (limit: number): [least: number, most: number] => [limit - 3, limit];
    expect(await take(200, () => '2001:db8:1::1')).to.be.within(...about(120));
    expect(await take(400, (nth) => `2001:db8:2:${hex(nth % 256)}::1`)).to.be.within(...about(240));
    expect(await take(800, (nth) => `2001:db8:3:${hex(nth * 64)}::1`)).to.be.within(...about(480));
    expect(await take(200, (nth) => `192.0.2.${String(nth)}`)).to.be.within(...about(120));
    expect(await take(1, () => '2001:db8:4::1')).to.equal(1);
  });
});
