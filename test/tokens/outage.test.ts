import { expect } from 'chai';

import { AppError } from '../../src/platform/app-error.ts';
import { openCuttableProxy, type CuttableProxy } from '../platform/cuttable-proxy.ts';
import { waitFor } from '../support/wait-for.ts';
import { signIn } from '../sessions/example-session.ts';
import { inRequest } from '../sessions/request.ts';
import { testRedisUrl } from '../support/servers/redis.ts';
import {
  createAccount,
  type Node,
  openStorage,
  randomId,
  type TestStorage,
} from './open-stores.ts';

describe('Storage that is unavailable', () => {
  let storage: TestStorage;
  let database: CuttableProxy;
  let redis: CuttableProxy;
  let node: Node;
  let accountId: string;

  before(async () => {
    storage = await openStorage('redis');
    database = await openCuttableProxy(storage.url);
    redis = await openCuttableProxy(testRedisUrl());
    node = await storage.openNode({ databaseUrl: database.url, redisUrl: redis.url });
    accountId = await createAccount(node);
  });
  afterEach(async () => {
    database.restore();
    redis.restore();
    await waitFor(
      'everything is back',
      async () => {
        const answers = await Promise.allSettled([node.db.ping(), node.redis?.ping()]);
        return node.feed.isFresh() && answers.every(({ status }) => status === 'fulfilled');
      },
      10_000,
    );
  });
  after(async () => {
    await storage.close();
    await Promise.all([database.close(), redis.close()]);
  });

  const find = (id: string) => inRequest(() => node.sessions.artifacts.find(id));

  const answersAgain = async () => (await node.redis?.ping().catch(() => 'not yet')) === 'PONG';

  it('is never reported as "unknown" or "already used": codes without Redis', async () => {
    redis.cut();
    const store = node.tokens.artifacts('AuthorizationCode');
    const id = randomId();
    await expectOutage(store.upsert(id, { jti: id }, 60), 'redis_unavailable');
    await expectOutage(store.find(id), 'redis_unavailable');
  });

  it('is never reported as "unknown" or "already used": refresh tokens and grants without Postgres', async () => {
    database.cut();
    const store = node.tokens.artifacts('RefreshToken');
    await expectOutage(store.find(randomId()), 'database_unavailable');
    await expectOutage(store.consume(randomId()), 'database_unavailable');
    await expectOutage(
      node.tokens.artifacts('ReplayDetection').find(randomId()),
      'database_unavailable',
    );
    await waitFor('the feed notices', () => !node.feed.isFresh(), 800);
    await expectOutage(node.tokens.findGrant(randomId()), 'database_unavailable');
  });

  it('is never reported as "already used": a code without Postgres', async () => {
    const store = node.tokens.artifacts('AuthorizationCode');
    const id = randomId();
    await store.upsert(id, { jti: id }, 60);
    database.cut();
    await expectOutage(store.consume(id), 'database_unavailable');
    database.restore();
    await store.consume(id);
  });

  it('is never reported as "signed out": a session without Postgres', async () => {
    const session = await signIn(node.sessions, accountId);
    database.cut();
    await waitFor('the feed notices', () => !node.feed.isFresh(), 800);
    await expectOutage(find(session.id), 'database_unavailable');
  });

  it('leaves people signed in without Redis, and their changes hold', async () => {
    const session = await signIn(node.sessions, accountId);
    redis.cut();
    expect(await find(session.id)).to.include({ accountId });
    await inRequest(async () => {
      const found = await node.sessions.artifacts.find(session.id);
      const changed = { ...found, acr: 'urn:two', state: { secret: 'x' } };
      await node.sessions.artifacts.upsert(session.id, changed, 86_400);
    });
    expect(await find(session.id))
      .to.include({ acr: 'urn:two' })
      .and.to.have.property('state');
    redis.restore();
    await waitFor('Redis is back', answersAgain, 5_000);
    expect(await find(session.id)).to.include({ acr: 'urn:two' });
  });

  it('ends a session without Redis', async () => {
    const session = await signIn(node.sessions, accountId);
    redis.cut();
    await node.sessions.end({ accountId, sessionUid: session.uid });
    redis.restore();
    await waitFor('Redis is back', answersAgain, 5_000);
    expect(await find(session.id)).to.equal(undefined);
  });
});

async function expectOutage(work: Promise<unknown>, code: string): Promise<void> {
  const error = await work.then(
    () => 'no error',
    (failure: unknown) => failure,
  );
  expect(error).to.be.instanceOf(AppError);
  expect(error).to.include({ kind: 'unavailable', code });
}
