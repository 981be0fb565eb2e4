import { setTimeout as sleep } from 'node:timers/promises';

import { expect } from 'chai';

import type { Database } from '../../src/platform/postgres/postgres.ts';
import { sql } from '../../src/platform/postgres/sql.ts';
import type { SessionPayload } from '../../src/sessions/session.ts';
import {
  createAccount,
  type Node,
  openStorage,
  randomId,
  STORAGE_MODES,
  type TestStorage,
} from '../tokens/open-stores.ts';
import { recordStatements } from '../support/measurement/record-statements.ts';
import { waitFor } from '../support/wait-for.ts';
import { type ExampleSession, sessionPayload } from './example-session.ts';
import { inRequest } from './request.ts';

const DEVICE = { deviceId: 'same' };

for (const mode of STORAGE_MODES) {
  describe(`A sign-in on a device that has a session, with ${mode}`, () => {
    let storage: TestStorage;
    let node: Node;
    let other: Node;
    let accountId: string;
    let earlier: ExampleSession;

    before(async () => {
      storage = await openStorage(mode);
      [node, other] = await Promise.all([storage.openNode(), storage.openNode()]);
    });
    beforeEach(async () => {
      accountId = await createAccount(node);
      const authorizations = { radio: { persistsLogout: true }, shop: {} };
      earlier = await signIn({ authorizations });
    });
    after(() => storage.close());

    /** As the server does: the session of a person who is not signed in is not stored. */
    const signIn = async (more = {}): Promise<ExampleSession> => {
      const session = { id: randomId(), uid: randomId() };
      const payload = sessionPayload(session, accountId, more);
      await inRequest(() => node.sessions.artifacts.upsert(session.id, payload, 86_400), DEVICE);
      return session;
    };
    const grantOf = (clientId: string, at: Database = node.db): Promise<string> =>
      node.tokens
        .createGrant(at, {
          accountId,
          clientId,
          consentId: null,
          sessionUid: earlier.uid,
          expiresInSeconds: 600,
        })
        .then(({ id }) => id);
    const find = (at: Node) => inRequest(() => at.sessions.artifacts.find(earlier.id));
    const liveGrants = async () =>
      (
        await node.db.query<{ clientId: string }>(sql`select client_id from grants
          where account_id = ${accountId} and revoked_at is null order by client_id`)
      ).map(({ clientId }) => clientId);

    it('ends the earlier session with its grants and tokens, and records it', async () => {
      const [shop, radio] = [await grantOf('shop'), await grantOf('radio')];
      const tokens = [shop, radio].map((grantId) => ({ id: randomId(), grantId }));
      for (const { id, grantId } of tokens)
        await node.tokens.artifacts('RefreshToken').upsert(id, { grantId, accountId }, 600);
      expect(await find(other)).to.be.an('object');
      const next = await signIn();
      expect(await find(node)).to.equal(undefined);
      await waitFor('the other node has dropped it', async () => (await find(other)) === undefined);
      expect(await liveGrants()).to.deep.equal(['radio']);
      const stored = await node.db.query<{ grantId: string }>(
        sql`select grant_id from refresh_tokens where account_id = ${accountId}::uuid`,
      );
      expect(stored).to.deep.equal([{ grantId: radio }]);
      const events = await node.db.query(sql`select kind, details from audit_events
        where account_id = ${accountId} and kind = 'session.ended'`);
      const details = { reason: 'replaced', sessionUid: earlier.uid };
      expect(events).to.deep.equal([{ kind: 'session.ended', details }]);
      expect(await node.sessions.list(accountId)).to.have.length(1);
      expect(next.uid).not.to.equal(earlier.uid);
    });

    it('takes two statements', async () => {
      const texts = recordStatements(node.db);
      const before = texts.length;
      await signIn();
      expect(texts.slice(before)).to.have.length(2);
    });

    it('revokes a grant that is committed while the sign-in waits for it', async () => {
      const { signedIn } = await node.db.transaction(async (tx) => {
        expect(await node.sessions.hold(tx, earlier.uid)).to.equal(true);
        await grantOf('shop', tx);
        const signingIn = signIn();
        await sleep(300);
        return { signedIn: signingIn };
      });
      await signedIn;
      expect(await liveGrants()).to.deep.equal([]);
    });

    it('ends the earlier session also when it is changed at the same moment', async () => {
      for (let round = 0; round < 10; round += 1) {
        await Promise.all([
          inRequest(async () => {
            const { artifacts } = other.sessions;
            const read = await artifacts.find(earlier.id);
            if (read === undefined) return;
            const changed: SessionPayload = { ...read, authorizations: { music: {} } };
            await artifacts.upsert(earlier.id, changed, 600);
          }, DEVICE),
          signIn().then((next) => {
            earlier = next;
          }),
        ]);
        expect(await node.sessions.list(accountId)).to.have.length(1);
      }
    });
  });
}
