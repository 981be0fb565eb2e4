import { expect } from 'chai';

import type { ArtifactStore } from '../../src/tokens/index.ts';
import { inRequest } from '../sessions/request.ts';
import { settableClock, type SettableClock } from '../support/clock.ts';
import { type Node, openStorage, randomId, type TestStorage } from './open-stores.ts';

describe('A refresh token that is used again (RFC 9700 §4.14.2)', () => {
  let storage: TestStorage;
  let clock: SettableClock;
  let node: Node;
  let store: ArtifactStore;
  let id: string;

  before(async () => {
    storage = await openStorage('postgres');
    clock = settableClock();
    node = await storage.openNode({ clock, refreshTokenGraceSeconds: 2 });
    store = node.tokens.artifacts('RefreshToken');
  });
  beforeEach(async () => {
    id = randomId();
    await store.upsert(id, { kind: 'RefreshToken', jti: id, clientId: 'shop', iat: 1 }, 600);
    await store.consume(id);
  });
  after(() => storage.close());

  const findAtTokenEndpoint = () =>
    inRequest(() => {
      node.tokens.beginRedemption();
      return store.find(id);
    });

  it('appears unused to a token request within the grace period; the commit decides', async () => {
    clock.advance(1.9);
    expect(await findAtTokenEndpoint()).to.include({ clientId: 'shop' });
    expect(await findAtTokenEndpoint()).not.to.have.property('consumed');
    expect(await store.find(id)).to.have.property('consumed');
    const code = await store.consume(id).catch((error: { code: string }) => error.code);
    expect(code).to.equal('already_used');
  });

  it('is found as used later, so that the library ends the grant', async () => {
    clock.advance(2);
    expect(await findAtTokenEndpoint())
      .to.include({ clientId: 'shop' })
      .and.to.have.property('consumed');
  });

  it('is stored as used until its expiry', async () => {
    clock.advance(599);
    expect(await store.find(id)).to.have.property('consumed');
    clock.advance(1);
    expect(await store.find(id)).to.equal(undefined);
  });
});
