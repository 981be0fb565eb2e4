import { expect } from 'chai';

import type { Grant } from '../../src/tokens/index.ts';
import {
  createAccount,
  type Node,
  openStorage,
  STORAGE_MODES,
  type TestStorage,
} from '../tokens/open-stores.ts';
import { sessionPayload, signIn, type ExampleSession } from './example-session.ts';
import { inRequest } from './request.ts';

for (const mode of STORAGE_MODES) {
  describe(`Ending sessions with ${mode === 'redis' ? 'Redis' : 'Postgres alone'}`, () => {
    let storage: TestStorage;
    let node: Node;
    let accountId: string;

    before(async () => {
      storage = await openStorage(mode);
      node = await storage.openNode({ sessionLimit: 3 });
    });
    beforeEach(async () => {
      accountId = await createAccount(node);
    });
    after(() => storage.close());

    const isAlive = async ({ id }: ExampleSession) =>
      (await inRequest(() => node.sessions.artifacts.find(id))) !== undefined;

    const grantIn = (session: ExampleSession, clientId: string): Promise<Grant> =>
      node.tokens.createGrant(node.db, {
        accountId,
        clientId,
        consentId: null,
        sessionUid: session.uid,
        expiresInSeconds: 600,
      });

    const endAll = (input: { readonly accountId: string; readonly exceptUid?: string }) =>
      node.db.transaction((tx) => node.sessions.endAll(tx, input));

    const lives = async ({ id }: Grant) => {
      const [row] = await node.db.query<{ revoked_at: Date | null }>({
        name: 'test-grant',
        text: 'select revoked_at from grants where id = $1',
        values: [id],
      });
      return row?.revoked_at === null;
    };

    it('lists sessions with address and times, the latest first', async () => {
      const phone = { userAgent: 'Phone', ip: '2001:db8::1', deviceId: 'phone' };
      const first = await signIn(node.sessions, accountId, phone);
      const second = await signIn(node.sessions, accountId, { deviceId: 'laptop' });
      const list = await node.sessions.list(accountId);
      expect(list.map(({ uid }) => uid)).to.deep.equal([second.uid, first.uid]);
      expect(list[1]).to.include({ userAgent: 'Phone', ip: '2001:db8::1' });
      expect(list[1]?.authenticatedAt).to.be.instanceOf(Date);
    });

    it('does not list sessions of another account', async () => {
      await signIn(node.sessions, await createAccount(node));
      expect(await node.sessions.list(accountId)).to.deep.equal([]);
    });

    it('ends one session and leaves the others', async () => {
      const gone = await signIn(node.sessions, accountId, { deviceId: 'a' });
      const stays = await signIn(node.sessions, accountId, { deviceId: 'b' });
      await node.sessions.end({ accountId, sessionUid: gone.uid });
      expect(await isAlive(gone)).to.equal(false);
      expect(await isAlive(stays)).to.equal(true);
    });

    it('refuses to end a session of another account', async () => {
      const session = await signIn(node.sessions, accountId);
      const stranger = await createAccount(node);
      const code = await node.sessions
        .end({ accountId: stranger, sessionUid: session.uid })
        .catch((error: { code: string }) => error.code);
      expect(code).to.equal('session_not_found');
      expect(await isAlive(session)).to.equal(true);
    });

    it('ends the grants of apps in the session, but not offline access', async () => {
      const session = await signIn(node.sessions, accountId, {
        more: { authorizations: { radio: { persistsLogout: true }, shop: {} } },
      });
      const [shop, radio] = [await grantIn(session, 'shop'), await grantIn(session, 'radio')];
      await node.sessions.end({ accountId, sessionUid: session.uid });
      expect(await lives(shop)).to.equal(false);
      expect(await lives(radio)).to.equal(true);
    });

    it('ends all sessions and grants of an account, including offline access, and none of others', async () => {
      const session = await signIn(node.sessions, accountId, {
        more: { authorizations: { radio: { persistsLogout: true } } },
      });
      const radio = await grantIn(session, 'radio');
      const strangerId = await createAccount(node);
      const stranger = await signIn(node.sessions, strangerId);
      await endAll({ accountId });
      expect(await isAlive(session)).to.equal(false);
      expect(await lives(radio)).to.equal(false);
      expect(await isAlive(stranger)).to.equal(true);
    });

    it('keeps the one session that the caller names', async () => {
      const here = await signIn(node.sessions, accountId, { deviceId: 'a' });
      const there = await signIn(node.sessions, accountId, { deviceId: 'b' });
      await endAll({ accountId, exceptUid: here.uid });
      expect(await isAlive(here)).to.equal(true);
      expect(await isAlive(there)).to.equal(false);
    });

    it('ends nothing when the caller’s transaction fails', async () => {
      const session = await signIn(node.sessions, accountId);
      await node.db
        .transaction(async (tx) => {
          await node.sessions.endAll(tx, { accountId });
          throw new Error('changed my mind');
        })
        .catch(() => undefined);
      expect(await isAlive(session)).to.equal(true);
    });

    it('ends the least recently seen when there are too many', async () => {
      const sessions: ExampleSession[] = [];
      for (const deviceId of ['a', 'b', 'c', 'd']) {
        sessions.push(await signIn(node.sessions, accountId, { deviceId }));
      }
      expect(await Promise.all(sessions.map(isAlive))).to.deep.equal([false, true, true, true]);
    });

    it('has one session per device', async () => {
      const before = await signIn(node.sessions, accountId, { deviceId: 'same' });
      const after = await signIn(node.sessions, accountId, { deviceId: 'same' });
      expect(await isAlive(before)).to.equal(false);
      expect(await isAlive(after)).to.equal(true);
    });

    it('leaves another person’s session on the same device alone', async () => {
      const mine = await signIn(node.sessions, accountId, { deviceId: 'shared' });
      await signIn(node.sessions, await createAccount(node), { deviceId: 'shared' });
      expect(await isAlive(mine)).to.equal(true);
    });

    it('never has more sessions than the limit, also after concurrent sign-ins', async () => {
      const other = await storage.openNode({ sessionLimit: 3 });
      await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          signIn((index % 2 === 0 ? node : other).sessions, accountId, {
            deviceId: `device ${String(index)}`,
          }),
        ),
      );
      expect(await node.sessions.list(accountId)).to.have.length(3);
    });

    it('revokes the grants of replaced sessions', async () => {
      const before = await signIn(node.sessions, accountId, { deviceId: 'same' });
      const shop = await grantIn(before, 'shop');
      await signIn(node.sessions, accountId, { deviceId: 'same' });
      expect(await lives(shop)).to.equal(false);
    });

    it('purges expired sessions and nothing else', async () => {
      const stays = await signIn(node.sessions, accountId, { deviceId: 'a' });
      const goes = { id: 'short-lived', uid: 'short-lived-uid' };
      await inRequest(() =>
        node.sessions.artifacts.upsert(goes.id, sessionPayload(goes, accountId), -5),
      );
      expect(await node.sessions.purgeExpired()).to.be.greaterThan(0);
      expect(await node.sessions.purgeExpired()).to.equal(0);
      expect(await isAlive(stays)).to.equal(true);
    });
  });
}
