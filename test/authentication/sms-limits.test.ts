import { createHash } from 'node:crypto';

import { expect } from 'chai';

import { createAuthentication, createPasswordHasher } from '../../src/authentication/index.ts';
import type { RateLimiter } from '../../src/platform/rate-limiter.ts';
import { testConfig } from '../support/config.ts';
import { IP, nextNumber, type Scene, setScene } from './scene.ts';

// Counters lie in the database under a plain fingerprint: all the numbers there are can be tried against it in seconds.
describe('the limits of text messages', () => {
  let scene: Scene;
  before(async () => {
    scene = await setScene();
  });
  after(() => scene?.close());

  it('are counted for each number, and their keys do not give it away', async () => {
    const { connected } = scene;
    const keys: string[] = [];
    const rateLimiter: RateLimiter = {
      consume: ({ name, key }) => {
        if (name === 'sms') keys.push(...[key].flat());
        return Promise.resolve();
      },
      reset: () => Promise.resolve(),
    };
    const config = testConfig('postgres://unused.invalid/unused');
    const authentication = createAuthentication({
      ...connected,
      masterSealer: connected.sealer,
      blindIndexKey: config.secrets.blindIndexKey,
      rateLimiter,
      provedControlWins: false,
      retentionSeconds: 86_400,
      hasher: createPasswordHasher(),
    });
    const [one, other] = [nextNumber(), nextNumber()];
    const ask = { locale: 'en', ip: IP };
    const { registrationId } = await authentication.requestSignInCode({ ...ask, identifier: one });
    scene.clock.advance(61);
    await authentication.resendCode({ ...ask, flowId: registrationId });
    await authentication.startPasswordReset({ ...ask, identifier: one });
    await authentication.requestSignInCode({ ...ask, identifier: other });
    const numbers = keys.filter((key) => key !== IP);
    expect(numbers).to.have.length(4);
    expect(new Set(numbers.slice(0, 3)).size).to.equal(1);
    expect(numbers[3]).not.to.equal(numbers[0]);
    for (const key of numbers) {
      expect(key).not.to.contain(one).and.not.to.contain(other);
      for (const guess of [one, `phone:${one}`, `phone_number:${one}`]) {
        expect(key).not.to.contain(createHash('sha256').update(guess).digest('base64url'));
      }
    }
  });
});
