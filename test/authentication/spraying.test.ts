import { expect } from 'chai';

import { createRateLimiter } from '../../src/platform/rate-limiter.ts';
import { failureOf } from '../support/failure.ts';
import { PASSWORD, type TestPerson } from '../support/people/people.ts';
import { randomEmail, type Scene, setScene } from './scene.ts';

const BOUNDS = { perNetwork: 5, overall: 12 };
const KNOWN = 'a browser the person has signed in with';
const NEW = 'a new browser of the person';
const ELSEWHERE = '203.0.113.7';

type Network = (nth: number) => string;
const ONE_NETWORK: Network = (nth) => `192.0.2.${String(nth + 1)}`;
const ONE_HOME: Network = (nth) => `2001:db8:7:${nth.toString(16)}::/64`;
const MANY_NETWORKS: Network = (nth) => `198.18.${String(nth)}.1`;

describe('One password tried on each of many accounts', () => {
  let scene: Scene;
  let person: TestPerson;
  let pauses: (string | null)[];
  let nodes: readonly [Scene['authentication'], Scene['authentication']];
  const pausedFrom = (pause: { readonly network: string | null }): void => {
    pauses.push(pause.network);
  };
  const anotherNode = () =>
    scene.anotherNode({
      rateLimiter: createRateLimiter({ postgres: scene.connected.db }),
      failedSignIns: BOUNDS,
      onSignInsPaused: pausedFrom,
    });
  beforeEach(async () => {
    scene = await setScene();
    pauses = [];
    nodes = [anotherNode(), anotherNode()];
    person = await scene.person();
    await signIn(ELSEWHERE, PASSWORD, KNOWN);
  });
  afterEach(() => scene?.close());

  const signIn = (ip: string, password: string, deviceId: string | null, at = nodes[0]) =>
    at.signIn({ identifier: person.email, password, deviceId, ip });
  /** One wrong password for each of so many names, all at the same time and at both nodes. */
  const spray = (count: number, from: Network, names: (nth: number) => string) =>
    Promise.all(
      Array.from({ length: count }, async (_, nth) => {
        const guess = { password: 'Spring2026!', deviceId: null, ip: from(nth) };
        const node = nodes[nth % 2 === 0 ? 0 : 1];
        return failureOf(node.signIn({ ...guess, identifier: names(nth) }));
      }),
    );
  const checked = (failures: Awaited<ReturnType<typeof spray>>): number => {
    const refused = failures.filter(({ code }) => code === 'sign_ins_paused');
    for (const { kind, retryAfterSeconds } of refused) {
      expect(kind).to.equal('too_many');
      expect(retryAfterSeconds).to.be.within(1, 60);
    }
    const wrong = failures.filter(({ code }) => code === 'sign_in_failed');
    expect(wrong.length + refused.length).to.equal(failures.length);
    return wrong.length;
  };

  for (const [name, network] of Object.entries({
    'an IPv4 /24': ONE_NETWORK,
    'an IPv6 /48': ONE_HOME,
  })) {
    it(`is refused from ${name} at its own bound, and from no other network (B-03, B-05)`, async () => {
      expect(checked(await spray(50, network, randomEmail))).to.equal(BOUNDS.perNetwork);
      expect(pauses).to.have.length(1);
      const right = await failureOf(signIn(network(60), PASSWORD, NEW, nodes[1]));
      expect(right.code).to.equal('sign_ins_paused');
      expect((await signIn(network(60), PASSWORD, KNOWN)).status).to.equal('signed_in');
      expect((await signIn(ELSEWHERE, PASSWORD, NEW)).status).to.equal('signed_in');
    });
  }

  it('is refused from many networks together, while known browsers and codes sign in (B-02, B-03)', async () => {
    expect(checked(await spray(50, MANY_NETWORKS, randomEmail))).to.equal(BOUNDS.overall);
    expect(pauses).to.deep.equal([null]);
    expect((await failureOf(signIn(ELSEWHERE, PASSWORD, NEW))).code).to.equal('sign_ins_paused');
    for (const node of [...nodes, anotherNode()])
      expect((await signIn(ELSEWHERE, PASSWORD, KNOWN, node)).status).to.equal('signed_in');
    const here = { ip: ELSEWHERE, deviceId: NEW };
    const { registrationId } = await nodes[0].requestSignInCode({
      ...here,
      identifier: person.email,
      locale: 'en',
    });
    const code = await scene.codeOf(person.email);
    const byCode = await nodes[0].confirmRegistration({ ...here, registrationId, code });
    expect(byCode.status).to.equal('signed_in');
  });

  it('is answered alike for names with and without an account (E-01)', async () => {
    const seen = new Set<string>();
    for (const nameOf of [() => person.email, randomEmail]) {
      await scene.connected.db.query({ name: 'test-no-limits', text: 'delete from rate_limits' });
      await spray(20, ONE_NETWORK, randomEmail);
      const hashes = scene.counts.hashes;
      const [{ kind, code, message } = expect.fail()] = await spray(1, ONE_NETWORK, nameOf);
      seen.add(JSON.stringify([kind, code, message, scene.counts.hashes - hashes]));
    }
    expect([...seen]).to.deep.equal([
      JSON.stringify(['too_many', 'sign_ins_paused', 'sign_ins_paused', 0]),
    ]);
  });

  it('does not count right passwords or the browsers that an account trusts', async () => {
    for (let turn = 0; turn < 2 * BOUNDS.perNetwork; turn += 1) {
      const fresh = await signIn(ONE_NETWORK(turn), PASSWORD, `browser ${String(turn)}`);
      expect(fresh.status).to.equal('signed_in');
    }
    for (let turn = 0; turn < 2 * BOUNDS.perNetwork; turn += 1)
      await failureOf(signIn(ONE_NETWORK(turn), 'wrong', KNOWN));
    expect(checked(await spray(50, ONE_NETWORK, randomEmail))).to.equal(BOUNDS.perNetwork);
  });
});
