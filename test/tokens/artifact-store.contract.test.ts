import { setTimeout as sleep } from 'node:timers/promises';

import { expect } from 'chai';

import { ARTIFACT_DEFINITIONS, type ArtifactKind } from '../../src/tokens/artifact.ts';
import type { ArtifactPayload, ArtifactStore } from '../../src/tokens/index.ts';
import {
  createAccount,
  type Node,
  openStorage,
  randomId,
  STORAGE_MODES,
  type TestStorage,
} from './open-stores.ts';

const KINDS = (Object.keys(ARTIFACT_DEFINITIONS) as ArtifactKind[]).filter(
  // To find one of these uses it up; other tests cover them.
  (kind) => kind !== 'ReplayDetection',
);
const USED_ONCE: readonly ArtifactKind[] = [
  'AuthorizationCode',
  'RefreshToken',
  'PushedAuthorizationRequest',
  'DeviceCode',
  'BackchannelAuthenticationRequest',
];
const BOUND_TO_A_GRANT: readonly ArtifactKind[] = [
  'AuthorizationCode',
  'AccessToken',
  'RefreshToken',
  'DeviceCode',
  'BackchannelAuthenticationRequest',
];

for (const mode of STORAGE_MODES) {
  describe(`Artifact stores with ${mode === 'redis' ? 'Redis' : 'Postgres alone'}`, () => {
    let storage: TestStorage;
    let node: Node;
    let accountId: string;

    before(async () => {
      storage = await openStorage(mode);
      node = await storage.openNode();
      accountId = await createAccount(node);
    });
    after(() => storage.close());

    const examplePayload = (
      kind: ArtifactKind,
      id: string,
    ): ArtifactPayload & { scope: string } => {
      const now = Math.floor(Date.now() / 1000);
      return {
        kind,
        jti: id,
        accountId,
        clientId: 'bookshop',
        scope: 'openid email',
        iat: now,
        exp: now + 60,
      };
    };

    for (const kind of KINDS) {
      describe(kind, () => {
        let store: ArtifactStore;
        before(() => {
          store = node.tokens.artifacts(kind);
        });

        it('finds a saved artifact with all members', async () => {
          const id = randomId();
          const payload = {
            ...examplePayload(kind, id),
            grantId: randomId(),
            extra: { a: [1, 'ж'] },
          };
          await store.upsert(id, payload, 60);
          expect(await store.find(id)).to.deep.equal(payload);
        });

        it('does not find an unknown artifact', async () => {
          expect(await store.find(randomId())).to.equal(undefined);
        });

        it('replaces an earlier version', async () => {
          const id = randomId();
          await store.upsert(id, examplePayload(kind, id), 60);
          const changed = { ...examplePayload(kind, id), scope: 'openid' };
          await store.upsert(id, changed, 60);
          expect(await store.find(id)).to.include({ scope: 'openid' });
        });

        it('does not find a destroyed artifact', async () => {
          const id = randomId();
          await store.upsert(id, examplePayload(kind, id), 60);
          await store.destroy(id);
          expect(await store.find(id)).to.equal(undefined);
        });

        it('destroys an unknown artifact without an error', async () => {
          await store.destroy(randomId());
        });
      });
    }

    it('does not find an expired artifact of any kind', async () => {
      const saved = KINDS.map((kind) => ({
        id: randomId(),
        store: node.tokens.artifacts(kind),
        kind,
      }));
      for (const { id, kind, store } of saved) await store.upsert(id, examplePayload(kind, id), 1);
      await sleep(1_100);
      const found = await Promise.all(saved.map(({ id, store }) => store.find(id)));
      expect(found.filter((payload) => payload !== undefined)).to.deep.equal([]);
    });

    for (const kind of USED_ONCE) {
      describe(`${kind}, used once`, () => {
        let store: ArtifactStore;
        before(() => {
          store = node.tokens.artifacts(kind);
        });

        it('contains the time of its use', async () => {
          const id = randomId();
          await store.upsert(id, examplePayload(kind, id), 60);
          await store.consume(id);
          const found = await store.find(id);
          expect(found?.consumed).to.be.closeTo(Date.now() / 1000, 5);
          expect(found).to.include({ jti: id, clientId: 'bookshop' });
        });

        it('refuses a second use', async () => {
          const id = randomId();
          await store.upsert(id, examplePayload(kind, id), 60);
          await store.consume(id);
          expect(await codeOf(store.consume(id))).to.equal('already_used');
        });

        it('refuses an unknown artifact', async () => {
          expect(await codeOf(store.consume(randomId()))).to.equal('already_used');
        });

        it('stays used when it is saved again', async () => {
          const id = randomId();
          await store.upsert(id, examplePayload(kind, id), 60);
          await store.consume(id);
          await store.upsert(id, examplePayload(kind, id), 60);
          expect(await codeOf(store.consume(id))).to.equal('already_used');
        });
      });
    }

    it('stores an artifact without a lifetime until it is destroyed', async () => {
      const store = node.tokens.artifacts('RegistrationAccessToken');
      const id = randomId();
      await store.upsert(id, examplePayload('RegistrationAccessToken', id));
      expect(await store.find(id)).to.include({ jti: id });
    });

    it('finds a device code by its user code, saves and destroys it afterwards', async () => {
      const store = node.tokens.artifacts('DeviceCode');
      const id = randomId();
      const userCode = randomId().slice(0, 8);
      await store.upsert(id, { ...examplePayload('DeviceCode', id), userCode }, 60);
      const found = await store.findByUserCode(userCode);
      expect(found).to.include({ jti: id, userCode });

      await store.upsert(id, { ...found, grantId: 'g1' }, 60);
      expect(await store.findByUserCode(userCode)).to.include({ jti: id, grantId: 'g1' });
      await store.destroy(found?.jti ?? '');
      expect(await store.findByUserCode(userCode)).to.equal(undefined);
      expect(await store.find(id)).to.equal(undefined);
    });

    it('finds a used device code by its user code as used', async () => {
      const store = node.tokens.artifacts('DeviceCode');
      const id = randomId();
      await store.upsert(id, { ...examplePayload('DeviceCode', id), userCode: 'USED-CODE' }, 60);
      await store.consume(id);
      expect((await store.findByUserCode('USED-CODE'))?.consumed).to.be.a('number');
    });

    for (const kind of BOUND_TO_A_GRANT) {
      it(`makes ${kind} worthless when its grant is revoked`, async () => {
        const grant = await node.tokens.createGrant(node.db, {
          accountId,
          clientId: 'bookshop',
          consentId: null,
          sessionUid: null,
          expiresInSeconds: 600,
        });
        const id = randomId();
        const store = node.tokens.artifacts(kind);
        await store.upsert(id, { ...examplePayload(kind, id), grantId: grant.id }, 60);
        await node.db.transaction((tx) => node.tokens.revokeGrants(tx, { grantId: grant.id }));
        // Remaining keys in Redis refer to a grant that no longer exists, and every endpoint looks up the grant first.
        const found = await store.find(id);
        if (found !== undefined) expect(ARTIFACT_DEFINITIONS[kind].isDurable).to.equal(false);
        if (mode === 'postgres') expect(found).to.equal(undefined);
        expect(await eventually(() => node.tokens.findGrant(grant.id))).to.equal(null);
      });
    }

    it('accepts one of several concurrent uses of an identifier', async () => {
      const store = node.tokens.artifacts('ReplayDetection');
      const id = randomId();
      const seen = await Promise.all(Array.from({ length: 20 }, () => store.find(id)));
      expect(seen.filter((found) => found === undefined)).to.have.length(1);
      await store.upsert(id, { jti: id, kind: 'ReplayDetection' }, 60);
      expect(await store.find(id)).not.to.equal(undefined);
    });
  });
}

async function codeOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'no error',
    (error: { code?: string }) => error.code,
  );
}

/** The last answer within a second, because caches are notified after the commit. */
async function eventually<T>(ask: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 1_000;
  for (;;) {
    const answer = await ask();
    if (answer === null || Date.now() > deadline) return answer;
    await sleep(10);
  }
}
