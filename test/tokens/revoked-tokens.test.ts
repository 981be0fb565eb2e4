import { randomBytes } from 'node:crypto';

import { expect } from 'chai';

import { createRevokedTokens } from '../../src/tokens/revoked-tokens.ts';
import { settableClock } from '../support/clock.ts';
import { waitFor } from '../support/wait-for.ts';
import { type Node, openStorage, type TestStorage } from './open-stores.ts';

describe('Revoked access tokens', () => {
  const clock = settableClock();
  const expiresAt = new Date(clock.now().getTime() + 900_000);
  let storage: TestStorage;
  let node: Node;

  before(async () => {
    storage = await openStorage('postgres');
    node = await storage.openNode({ clock });
    await waitFor('the node receives notifications', () => node.feed.isFresh());
  });
  after(() => storage.close());

  const open = () => createRevokedTokens({ ...node, clock, mostKept: 2 });
  const tokens = (count: number): readonly Buffer[] =>
    Array.from({ length: count }, () => randomBytes(32));
  const answers = (revoked: ReturnType<typeof open>, fingerprints: readonly Buffer[]) =>
    Promise.all(fingerprints.map((fingerprint) => revoked.has(fingerprint)));

  it('are all refused when a node cannot keep all of them in memory', async () => {
    const revoked = tokens(5);
    const before = open();
    // This one has read its copy while it was small; the others are announced to it.
    expect(await before.has(randomBytes(32))).to.equal(false);
    for (const fingerprint of revoked) await before.add(fingerprint, expiresAt);
    for (const instance of [before, open()]) {
      expect(await answers(instance, revoked)).to.deep.equal(revoked.map(() => true));
      expect(await instance.has(randomBytes(32))).to.equal(false);
    }
  });
});
