import { setTimeout as sleep } from 'node:timers/promises';

import { expect } from 'chai';

import { announceRotation } from '../../src/sessions/index.ts';
import {
  createAccount,
  dumpEverything,
  type Node,
  openStorage,
  randomId,
  STORAGE_MODES,
  type TestStorage,
} from '../tokens/open-stores.ts';
import { sessionPayload, signIn } from './example-session.ts';
import { inRequest } from './request.ts';

for (const mode of STORAGE_MODES) {
  describe(`Sessions with ${mode === 'redis' ? 'Redis' : 'Postgres alone'}`, () => {
    let storage: TestStorage;
    let node: Node;
    let other: Node;
    let accountId: string;

    before(async () => {
      storage = await openStorage(mode);
      [node, other] = await Promise.all([storage.openNode(), storage.openNode()]);
    });
    beforeEach(async () => {
      accountId = await createAccount(node);
    });
    after(() => storage.close());

    const find = (id: string, at: Node = node) => inRequest(() => at.sessions.artifacts.find(id));
    const findByUid = (uid: string, at: Node = node) =>
      inRequest(() => at.sessions.artifacts.findByUid(uid));

    it('finds an anonymous session by its id and by its uid, on every node', async () => {
      const names = { id: randomId(), uid: randomId() };
      const payload = sessionPayload(names, undefined, { authorizations: {} });
      await inRequest(() => node.sessions.artifacts.upsert(names.id, payload, 60));
      for (const at of [node, other]) {
        expect(await find(names.id, at)).to.deep.equal(payload);
        expect(await findByUid(names.uid, at)).to.deep.equal(payload);
      }
    });

    it('finds a signed-in session by its id and by its uid, on every node', async () => {
      const session = await signIn(node.sessions, accountId);
      for (const at of [node, other]) {
        expect(await find(session.id, at)).to.include({ accountId, jti: session.id });
        expect(await findByUid(session.uid, at)).to.include({ accountId, jti: session.id });
      }
    });

    it('does not find a session by its id from before the sign-in', async () => {
      const first = { id: randomId(), uid: randomId() };
      const { artifacts } = node.sessions;
      await inRequest(() => artifacts.upsert(first.id, sessionPayload(first), 60));
      const second = { id: randomId(), uid: first.uid };
      await inRequest(async () => {
        await artifacts.find(first.id);
        announceRotation(first.id);
        await artifacts.destroy(first.id);
        await artifacts.upsert(second.id, sessionPayload(second, accountId), 60);
      });
      expect(await find(first.id)).to.equal(undefined);
      expect(await find(second.id)).to.include({ uid: first.uid });
    });

    it('gives a signed-in session a new id at a fresh proof and refuses the old one everywhere', async () => {
      const session = await signIn(node.sessions, accountId);
      expect(await find(session.id, other)).to.include({ accountId });
      const renewed = { id: randomId(), uid: session.uid };
      await inRequest(async () => {
        await node.sessions.artifacts.find(session.id);
        announceRotation(session.id);
        await node.sessions.artifacts.destroy(session.id);
        await node.sessions.artifacts.upsert(renewed.id, sessionPayload(renewed, accountId), 60);
      });
      for (const at of [node, other]) {
        expect(await find(session.id, at)).to.equal(undefined);
        expect(await find(renewed.id, at)).to.include({ accountId });
        expect(await findByUid(session.uid, at)).to.include({ jti: renewed.id });
      }
    });

    it('finds nothing after a sign-out, on any node', async () => {
      const session = await signIn(node.sessions, accountId);
      expect(await find(session.id, other)).to.include({ accountId });
      await inRequest(() => node.sessions.artifacts.destroy(session.id));
      for (const at of [node, other]) {
        expect(await find(session.id, at)).to.equal(undefined);
        expect(await findByUid(session.uid, at)).to.equal(undefined);
      }
      expect(await node.sessions.list(accountId)).to.deep.equal([]);
    });

    it('can be saved and destroyed after it was found by its uid', async () => {
      const session = await signIn(node.sessions, accountId);
      await inRequest(async () => {
        const found = await node.sessions.artifacts.findByUid(session.uid);
        const changed = { ...found, authorizations: { shop: { sid: 's1', grantId: 'g1' } } };
        await node.sessions.artifacts.upsert(found?.jti ?? '', changed, 86_400);
      });
      expect(await find(session.id, other)).to.have.nested.property(
        'authorizations.shop.sid',
        's1',
      );
      await inRequest(async () => {
        const found = await node.sessions.artifacts.findByUid(session.uid);
        await node.sessions.artifacts.destroy(found?.jti ?? '');
      });
      expect(await find(session.id)).to.equal(undefined);
    });

    it('stores members that only the browser needs, such as the token of a sign-out form', async () => {
      const session = await signIn(node.sessions, accountId);
      await inRequest(async () => {
        const found = await node.sessions.artifacts.find(session.id);
        await node.sessions.artifacts.upsert(
          session.id,
          { ...found, state: { secret: 'x' } } as never,
          86_400,
        );
      });
      expect(await find(session.id, other)).to.have.nested.property('state.secret', 'x');
    });

    it('sees its own changes within one request', async () => {
      const session = await signIn(node.sessions, accountId);
      await inRequest(async () => {
        const found = await node.sessions.artifacts.find(session.id);
        await node.sessions.artifacts.upsert(
          session.id,
          { ...found, acr: 'urn:two' } as never,
          86_400,
        );
        expect(await node.sessions.artifacts.find(session.id)).to.include({ acr: 'urn:two' });
        await node.sessions.artifacts.destroy(session.id);
        expect(await node.sessions.artifacts.find(session.id)).to.equal(undefined);
        expect(await node.sessions.artifacts.findByUid(session.uid)).to.equal(undefined);
      });
    });

    it('returns a separate object for every find', async () => {
      const more = { authorizations: { shop: { sid: 's1' } } };
      const session = await signIn(node.sessions, accountId, { more });
      await inRequest(async () => {
        const found = (await node.sessions.artifacts.find(session.id)) as typeof more;
        found.authorizations.shop.sid = 'changed';
        expect(await node.sessions.artifacts.find(session.id)).to.have.nested.property(
          'authorizations.shop.sid',
          's1',
        );
      });
    });

    it('finds nothing that has expired', async () => {
      const names = { id: randomId(), uid: randomId() };
      await inRequest(() =>
        node.sessions.artifacts.upsert(names.id, sessionPayload(names, accountId), 1),
      );
      await sleep(1_100);
      expect(await find(names.id)).to.equal(undefined);
      expect(await findByUid(names.uid)).to.equal(undefined);
      expect(await node.sessions.list(accountId)).to.deep.equal([]);
    });

    it('does not restore a session that was ended during a request', async () => {
      const session = await signIn(node.sessions, accountId);
      await inRequest(async () => {
        const found = await node.sessions.artifacts.find(session.id);
        await other.sessions.end({ accountId, sessionUid: session.uid });
        const changed = { ...found, acr: 'urn:two' } as never;
        await node.sessions.artifacts.upsert(session.id, changed, 86_400);
        await node.sessions.artifacts.upsert(session.id, changed, 86_400);
      });
      expect(await find(session.id)).to.equal(undefined);
      expect(await findByUid(session.uid)).to.equal(undefined);
      expect(await node.sessions.list(accountId)).to.deep.equal([]);
    });

    it('does not restore a session that was ended during a request without changes', async () => {
      const session = await signIn(node.sessions, accountId);
      await inRequest(async () => {
        const found = await node.sessions.artifacts.find(session.id);
        await other.sessions.end({ accountId, sessionUid: session.uid });
        await node.sessions.artifacts.upsert(session.id, found ?? {}, 86_400);
      });
      await sleep(50);
      expect(await find(session.id)).to.equal(undefined);
    });

    it('stores neither the cookie nor anything of the session in clear', async () => {
      const sid = randomId();
      const more = { authorizations: { shop: { sid } }, acr: 'urn:telltale:acr' };
      const session = await signIn(node.sessions, accountId, { more, deviceId: 'device-telltale' });
      const dump = await dumpEverything(node, storage.keyPrefix);
      expect(dump).to.include(session.uid);
      for (const secret of [session.id, sid, more.acr, 'device-telltale']) {
        expect(dump).not.to.include(secret);
      }
    });
  });
}
