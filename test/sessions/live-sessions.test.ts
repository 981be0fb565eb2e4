import { randomBytes } from 'node:crypto';

import { expect } from 'chai';

import { createAudit } from '../../src/audit/index.ts';
import type { ChangeFeed } from '../../src/platform/change-feed.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createSealer } from '../../src/platform/keys/encryption.ts';
import type { Database, Statement } from '../../src/platform/postgres/postgres.ts';
import {
  announceRotation,
  createSessions,
  noteSessionToken,
  type Sessions,
} from '../../src/sessions/index.ts';
import { livesOf } from '../support/session-lives.ts';
import { waitFor } from '../support/wait-for.ts';
import {
  createAccount,
  type Node,
  openStorage,
  randomId,
  type TestStorage,
} from '../tokens/open-stores.ts';
import { sessionPayload, signIn } from './example-session.ts';
import { inRequest } from './request.ts';

describe('Copies of sessions in process memory', () => {
  let storage: TestStorage;
  let node: Node;
  let other: Node;
  let accountId: string;
  const masterSealer = createSealer([{ version: 1, key: randomBytes(32) }]);

  before(async () => {
    storage = await openStorage('postgres');
    [node, other] = await Promise.all([storage.openNode(), storage.openNode()]);
  });
  beforeEach(async () => {
    accountId = await createAccount(node);
  });
  after(() => storage.close());

  /** Sessions as one process has them, and the number of statements outside of transactions. */
  const openSessions = ({ db, feed, tokens }: Node, changes: Partial<ChangeFeed> = {}) => {
    const reads = { count: 0 };
    const counted: Database = {
      ...db,
      query: <Row>(statement: Statement) => {
        reads.count += 1;
        return db.query<Row>(statement);
      },
    };
    const sessions = createSessions({
      db: counted,
      feed: { ...feed, ...changes },
      clock: systemClock,
      masterSealer,
      audit: createAudit({ db, clock: systemClock }),
      tokens,
      sessionLimit: 4,
      sessionLives: livesOf(30 * 86_400),
    });
    return { sessions, reads };
  };
  const findByUid = (sessions: Sessions, uid: string) =>
    inRequest(() => sessions.artifacts.findByUid(uid));
  const authorize = (sessions: Sessions, id: string, grantId: string) =>
    inRequest(async () => {
      const found = await sessions.artifacts.find(id);
      const changed = { ...found, authorizations: { shop: { grantId } } };
      await sessions.artifacts.upsert(id, changed, 86_400);
    });

  it('answer without a statement while the feed is fresh', async () => {
    const { sessions, reads } = openSessions(node);
    const session = await signIn(sessions, accountId);
    await findByUid(sessions, session.uid);
    const before = reads.count;
    expect(await findByUid(sessions, session.uid)).to.include({ accountId });
    const byId = await inRequest(() => sessions.artifacts.find(session.id));
    expect(byId).to.include({ accountId });
    expect(reads.count).to.equal(before);
  });

  it('are not used while the feed is not fresh', async () => {
    const { sessions, reads } = openSessions(node, { isFresh: () => false });
    const session = await signIn(sessions, accountId);
    await findByUid(sessions, session.uid);
    const before = reads.count;
    expect(await findByUid(sessions, session.uid)).to.include({ accountId });
    expect(reads.count).to.equal(before + 1);
  });

  it('are dropped within a second when another node ends the session', async () => {
    const [here, there] = [openSessions(node).sessions, openSessions(other).sessions];
    const session = await signIn(here, accountId);
    for (let time = 0; time < 2; time += 1) {
      expect(await findByUid(there, session.uid)).to.include({ accountId });
    }
    await here.end({ accountId, sessionUid: session.uid });
    expect(await findByUid(here, session.uid)).to.equal(undefined);
    await waitFor(
      'the session is dead on the other node',
      async () => (await findByUid(there, session.uid)) === undefined,
      1_000,
    );
  });

  it('are dropped within a second when another node changes the session', async () => {
    const [here, there] = [openSessions(node).sessions, openSessions(other).sessions];
    const session = await signIn(here, accountId);
    for (let time = 0; time < 2; time += 1) await findByUid(there, session.uid);
    await authorize(here, session.id, 'g1');
    await waitFor(
      'the other node has the change',
      async () => 'authorizations' in ((await findByUid(there, session.uid)) ?? {}),
      1_000,
    );
  });

  it('do not prevent a sign-out from ending a session that now has another id', async () => {
    const { sessions: here } = openSessions(node);
    // Notifications never arrive here.
    const { sessions: late } = openSessions(other, { subscribe: () => () => undefined });
    const session = await signIn(here, accountId);
    for (let time = 0; time < 3; time += 1) {
      await inRequest(() => late.artifacts.find(session.id));
    }
    const renamed = { id: randomId(), uid: session.uid };
    await inRequest(async () => {
      await here.artifacts.find(session.id);
      announceRotation(session.id);
      await here.artifacts.destroy(session.id);
      await here.artifacts.upsert(renamed.id, sessionPayload(renamed, accountId), 86_400);
    });
    const find = () => inRequest(() => here.artifacts.find(renamed.id));
    expect(await find()).to.include({ accountId });
    await inRequest(() => late.artifacts.destroy(session.id));
    await waitFor('the session has ended', async () => (await find()) === undefined, 1_000);
  });

  it('never cause the refusal of a token of a newer grant', async () => {
    const { sessions: here } = openSessions(node);
    // Notifications never arrive here.
    const { sessions: late } = openSessions(other, { subscribe: () => () => undefined });
    const session = await signIn(here, accountId);
    for (let time = 0; time < 2; time += 1) await findByUid(late, session.uid);
    await authorize(here, session.id, 'g1');
    expect(await findByUid(late, session.uid)).not.to.have.property('authorizations');
    const found = await inRequest(async () => {
      noteSessionToken({ sessionUid: session.uid, clientId: 'shop', grantId: 'g1' });
      return late.artifacts.findByUid(session.uid);
    });
    expect(found).to.have.nested.property('authorizations.shop.grantId', 'g1');
  });

  it('do not end a session that another node has extended', async () => {
    const session = await signIn(openSessions(node).sessions, accountId);
    const { sessions } = openSessions(node, { subscribe: () => () => undefined });
    const { db } = node;
    const setEnd = (seconds: number) =>
      db.query({
        name: 'test-set-end',
        text: `update sessions set expires_at = now() + make_interval(secs => $2) where uid = $1`,
        values: [session.uid, seconds],
      });
    await setEnd(0.3);
    expect(await findByUid(sessions, session.uid)).to.include({ accountId });
    await setEnd(3_600);
    await new Promise((resolve) => {
      setTimeout(resolve, 350);
    });
    expect(await findByUid(sessions, session.uid)).to.include({ accountId });
  });
});
