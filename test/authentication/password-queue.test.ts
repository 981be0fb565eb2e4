import { expect } from 'chai';

import { type Authentication, createPasswordHasher } from '../../src/authentication/index.ts';
import { failureOf } from '../support/failure.ts';
import { PASSWORD, type TestPerson } from '../support/people/people.ts';
import { inRequest } from '../sessions/request.ts';
import { NEW_PASSWORD, randomEmail, type Scene, setScene } from './scene.ts';

const PLACES = 8;
const HOME = '198.51.100.7';

/** Addresses of the attacker, each in another /64. */
const HOME_NETWORK = (nth: number) => `2001:db8:1:${(nth % 256).toString(16)}::1`;
const BLOCK_OF_IPV4 = (nth: number) => `203.0.113.${String(nth % 256)}`;
const MANY_NETWORKS = (nth: number) => `2001:db8:${(nth % 256).toString(16)}::1`;

describe('A flood of sign-ins with passwords', function () {
  this.timeout(60_000);
  let scene: Scene;
  let ana: TestPerson;
  let authentication: Authentication;

  before(async () => {
    scene = await setScene();
  });
  after(() => scene?.close());
  beforeEach(async () => {
    ana = await scene.person();
    authentication = nodeWithFewPlaces();
  });

  const nodeWithFewPlaces = (): Authentication =>
    scene.anotherNode({
      hasher: createPasswordHasher({ concurrency: 1, queueLimit: PLACES, waitMs: 20_000 }),
    });
  const signIn = (identifier: string, ip: string, deviceId: string | null = null) =>
    inRequest(
      () => authentication.signIn({ identifier, password: PASSWORD, ip, deviceId }),
      deviceId === null ? { ip } : { ip, deviceId },
    );

  /** Fills the queue, and keeps it full until the result is called. */
  function flood(addressOf: (nth: number) => string): () => Promise<readonly string[]> {
    const codes: string[] = [];
    let isOver = false;
    const attempts = Array.from({ length: 4 * PLACES }, async (_attempt, first) => {
      for (let nth = first; !isOver; nth += 4 * PLACES) {
        codes.push((await failureOf(signIn(randomEmail(), addressOf(nth)))).code);
      }
    });
    return async () => {
      isOver = true;
      await Promise.all(attempts);
      return codes;
    };
  }

  for (const [title, addressOf] of [
    ['an IPv6 network of a home', HOME_NETWORK],
    ['a block of IPv4 addresses', BLOCK_OF_IPV4],
  ] as const) {
    it(`from ${title} does not refuse people of other networks`, async () => {
      const end = flood(addressOf);
      const results = [];
      for (let round = 0; round < 5; round += 1)
        results.push((await signIn(ana.email, HOME)).status);
      const codes = await end();
      expect(results).to.deep.equal(Array.from({ length: 5 }, () => 'signed_in'));
      expect(new Set(codes)).to.deep.equal(new Set(['busy', 'sign_in_failed']));
    });
  }

  it('from many networks does not refuse browsers that the account knows', async () => {
    await signIn(ana.email, HOME, 'known-browser');
    const end = flood(MANY_NETWORKS);
    const result = await signIn(ana.email, HOME, 'known-browser');
    expect(result.status).to.equal('signed_in');
    await end();
  });

  it('from many networks does not refuse a person who is signed in and changes the password', async () => {
    const end = flood(MANY_NETWORKS);
    const { accountId } = ana;
    await inRequest(
      () =>
        authentication.changePassword({
          accountId,
          currentPassword: PASSWORD,
          newPassword: NEW_PASSWORD,
          keepSessionUid: null,
          locale: 'en',
        }),
      { ip: HOME },
    );
    await end();
  });

  it('is answered in the same way for addresses with and without an account', async () => {
    const end = flood(MANY_NETWORKS);
    const outcomes = await Promise.all(
      [ana.email, randomEmail()].map((email) =>
        Promise.all(
          Array.from(
            { length: PLACES },
            async (_attempt, nth) =>
              (
                await failureOf(
                  inRequest(
                    () =>
                      authentication.signIn({
                        identifier: email,
                        password: 'wrong',
                        ip: HOME_NETWORK(nth),
                        deviceId: 'a browser that the account does not know',
                      }),
                    { ip: HOME_NETWORK(nth) },
                  ),
                )
              ).code,
          ),
        ),
      ),
    );
    await end();
    for (const codes of outcomes) {
      for (const code of codes)
        expect(code).to.be.oneOf(['busy', 'sign_in_failed', 'sign_in_locked']);
    }
  });
});
