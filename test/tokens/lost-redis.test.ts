import { expect } from 'chai';
import type { Redis } from 'ioredis';

import { announceRotation } from '../../src/sessions/index.ts';
import { sessionPayload, signIn } from '../sessions/example-session.ts';
import { inRequest } from '../sessions/request.ts';
import { waitFor } from '../support/wait-for.ts';
import {
  createAccount,
  type Node,
  openStorage,
  randomId,
  type TestStorage,
} from './open-stores.ts';
import { loseEverything, takeSnapshot } from './redis-snapshot.ts';

describe('A Redis that lost its data or has old data', () => {
  let storage: TestStorage;
  let node: Node;
  let redis: Redis;
  let accountId: string;

  before(async () => {
    storage = await openStorage('redis');
    node = await storage.openNode();
    redis = node.redis as Redis;
    accountId = await createAccount(node);
  });
  after(() => storage.close());

  const find = (id: string) => inRequest(() => node.sessions.artifacts.find(id));

  for (const kind of [
    'AuthorizationCode',
    'PushedAuthorizationRequest',
    'DeviceCode',
    'BackchannelAuthenticationRequest',
  ] as const) {
    it(`does not make a used ${kind} valid again`, async () => {
      const store = node.tokens.artifacts(kind);
      const id = randomId();
      await store.upsert(id, { kind, jti: id, accountId, clientId: 'bookshop' }, 60);
      const snapshot = await takeSnapshot(redis, storage.keyPrefix);
      await store.consume(id);
      await snapshot.restore();
      expect(await store.find(id)).to.have.property('consumed');
      const code = await store.consume(id).catch((error: { code: string }) => error.code);
      expect(code).to.equal('already_used');
    });
  }

  it('does not restore a revoked grant together with its tokens', async () => {
    const grant = await node.tokens.createGrant(node.db, {
      accountId,
      clientId: 'bookshop',
      consentId: null,
      sessionUid: null,
      expiresInSeconds: 600,
    });
    const store = node.tokens.artifacts('AccessToken');
    const id = randomId();
    await store.upsert(id, { kind: 'AccessToken', jti: id, grantId: grant.id }, 60);
    const snapshot = await takeSnapshot(redis, storage.keyPrefix);
    await node.db.transaction((tx) => node.tokens.revokeGrants(tx, { grantId: grant.id }));
    await store.destroy(id);
    await snapshot.restore();
    expect(await store.find(id)).to.include({ grantId: grant.id });
    await waitFor(
      'the grant is gone',
      async () => (await node.tokens.findGrant(grant.id)) === null,
    );
  });

  it('does not permit a second use of assertions and proofs', async () => {
    const store = node.tokens.artifacts('ReplayDetection');
    const id = randomId();
    const snapshot = await takeSnapshot(redis, storage.keyPrefix);
    expect(await store.find(id)).to.equal(undefined);
    await store.upsert(id, {}, 60);
    await snapshot.restore();
    expect(await store.find(id)).not.to.equal(undefined);
  });

  it('keeps refresh tokens and their uses', async () => {
    const store = node.tokens.artifacts('RefreshToken');
    const [unused, used] = [randomId(), randomId()];
    for (const id of [unused, used]) {
      await store.upsert(id, { kind: 'RefreshToken', jti: id, clientId: 'bookshop', iat: 1 }, 60);
    }
    await store.consume(used);
    await loseEverything(redis, storage.keyPrefix);
    expect(await store.find(unused)).to.include({ clientId: 'bookshop' });
    expect(await store.find(used)).to.have.property('consumed');
  });

  it('keeps people signed in when all its data are lost', async () => {
    const more = { authorizations: { shop: { sid: 's1', grantId: 'g1' } } };
    const session = await signIn(node.sessions, accountId, { more });
    await loseEverything(redis, storage.keyPrefix);
    expect(await find(session.id)).to.include({ accountId, uid: session.uid });
    expect(await find(session.id)).to.have.nested.property('authorizations.shop.grantId', 'g1');
  });

  it('does not restore an ended session', async () => {
    const session = await signIn(node.sessions, accountId);
    const snapshot = await takeSnapshot(redis, storage.keyPrefix);
    await node.sessions.end({ accountId, sessionUid: session.uid });
    await snapshot.restore();
    await waitFor('the session stays ended', async () => (await find(session.id)) === undefined);
    const byUid = await inRequest(() => node.sessions.artifacts.findByUid(session.uid));
    expect(byUid).to.equal(undefined);
  });

  it('does not restore a session after a sign-out everywhere', async () => {
    const session = await signIn(node.sessions, accountId);
    const snapshot = await takeSnapshot(redis, storage.keyPrefix);
    await node.db.transaction((tx) => node.sessions.endAll(tx, { accountId }));
    await snapshot.restore();
    await waitFor('the session stays ended', async () => (await find(session.id)) === undefined);
  });

  for (const isRenamed of [true, false]) {
    it(`does not make the id of ${isRenamed ? 'a renamed' : 'an ended'} session valid again`, async () => {
      const session = await signIn(node.sessions, accountId);
      const snapshot = await takeSnapshot(redis, storage.keyPrefix);
      const renewed = { id: randomId(), uid: session.uid };
      await inRequest(async () => {
        await node.sessions.artifacts.find(session.id);
        if (isRenamed) announceRotation(session.id);
        await node.sessions.artifacts.destroy(session.id);
        await node.sessions.artifacts.upsert(renewed.id, sessionPayload(renewed, accountId), 60);
      });
      expect(await find(session.id)).to.equal(undefined);
      await snapshot.restore();
      await waitFor('the old id is refused', async () => (await find(session.id)) === undefined);
      const found = await find(renewed.id);
      if (isRenamed) expect(found).to.include({ accountId });
      else expect(found).to.equal(undefined);
    });
  }

  it('does not restore an earlier state of a session', async () => {
    const more = { authorizations: { shop: { grantId: 'before' } } };
    const session = await signIn(node.sessions, accountId, { more });
    const snapshot = await takeSnapshot(redis, storage.keyPrefix);
    await inRequest(async () => {
      const found = await node.sessions.artifacts.find(session.id);
      const changed = { ...found, authorizations: { shop: { grantId: 'after' } } };
      await node.sessions.artifacts.upsert(session.id, changed, 86_400);
    });
    await snapshot.restore();
    const readGrant = async () =>
      (await find(session.id)) as { authorizations?: { shop?: { grantId?: string } } };
    await waitFor(
      'the later state holds',
      async () => (await readGrant()).authorizations?.shop?.grantId === 'after',
    );
  });
});
