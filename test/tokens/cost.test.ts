import { expect } from 'chai';

import { announceRotation } from '../../src/sessions/index.ts';
import { sessionPayload, signIn } from '../sessions/example-session.ts';
import { inRequest } from '../sessions/request.ts';
import { type Calls, countCalls } from '../support/measurement/count-calls.ts';
import {
  createAccount,
  type Node,
  openStorage,
  randomId,
  type TestStorage,
} from './open-stores.ts';

interface Cost {
  readonly statements: number;
  readonly commands: number;
}

describe('The cost of storage per request, with Redis', () => {
  let storage: TestStorage;
  let node: Node;
  let accountId: string;
  let counted: Calls;

  before(async () => {
    storage = await openStorage('redis');
    node = await storage.openNode();
    accountId = await createAccount(node);
    counted = countCalls(node);
  });
  after(() => storage.close());

  const costOf = async (work: () => Promise<unknown>): Promise<Cost> => {
    const before = { ...counted };
    await inRequest(work);
    return {
      statements: counted.statements - before.statements,
      commands: counted.commands - before.commands,
    };
  };

  it('a request with a session that does not change: no command, no statement', async () => {
    const session = await signIn(node.sessions, accountId);
    const visit = async () => {
      const found = await node.sessions.artifacts.find(session.id);
      await node.sessions.artifacts.find(session.id);
      await node.sessions.artifacts.findByUid(session.uid);
      await node.sessions.artifacts.upsert(session.id, found ?? {}, 86_400);
    };
    await inRequest(visit);
    expect(await costOf(visit)).to.deep.equal({ statements: 0, commands: 0 });
  });

  it('a sign-in: one statement', async () => {
    const names = { id: randomId(), uid: randomId() };
    const cost = await costOf(() =>
      node.sessions.artifacts.upsert(names.id, sessionPayload(names, accountId), 86_400),
    );
    expect(cost).to.deep.equal({ statements: 1, commands: 0 });
  });

  it('a new id for a session: one statement', async () => {
    const session = await signIn(node.sessions, accountId);
    const renewed = { id: randomId(), uid: session.uid };
    await inRequest(() => node.sessions.artifacts.find(session.id));
    const { statements } = await costOf(async () => {
      await node.sessions.artifacts.find(session.id);
      announceRotation(session.id);
      await node.sessions.artifacts.destroy(session.id);
      await node.sessions.artifacts.upsert(renewed.id, sessionPayload(renewed, accountId), 86_400);
    });
    expect(statements).to.equal(1);
    const found = await inRequest(() => node.sessions.artifacts.find(renewed.id));
    expect(found).to.include({ accountId });
    expect(await inRequest(() => node.sessions.artifacts.find(session.id))).to.equal(undefined);
  });

  it('an interaction that is looked up five times: one read', async () => {
    const store = node.tokens.artifacts('Interaction');
    const id = randomId();
    await inRequest(() => store.upsert(id, { jti: id, kind: 'Interaction' }, 60));
    const cost = await costOf(async () => {
      for (let time = 0; time < 5; time += 1) await store.find(id);
    });
    expect(cost).to.deep.equal({ statements: 0, commands: 1 });
  });

  it('an interaction found, changed and found again: as it is now', async () => {
    const store = node.tokens.artifacts('Interaction');
    const id = randomId();
    await store.upsert(id, { jti: id, clientId: 'before' }, 60);
    await inRequest(async () => {
      await store.find(id);
      await store.upsert(id, { jti: id, clientId: 'after' }, 60);
      expect(await store.find(id)).to.include({ clientId: 'after' });
      await store.destroy(id);
      expect(await store.find(id)).to.equal(undefined);
    });
  });

  const createGrant = () =>
    node.tokens.createGrant(node.db, {
      accountId,
      clientId: 'bookshop',
      consentId: null,
      sessionUid: null,
      expiresInSeconds: 600,
    });

  it('an access token and its grant: no command, no statement', async () => {
    const grant = await createGrant();
    const store = node.tokens.artifacts('AccessToken');
    const iat = Math.floor(Date.now() / 1000);
    const content = { iat, exp: iat + 60, grantId: grant.id };
    const known = node.tokens.sealAccessToken('AccessToken', content) ?? '';
    // The first one reads which tokens were revoked.
    await store.find(known);
    await node.tokens.findGrant(grant.id);
    const cost = await costOf(async () => {
      const value = node.tokens.sealAccessToken('AccessToken', content) ?? '';
      await store.find(value);
      await node.tokens.findGrant(grant.id);
    });
    expect(cost).to.deep.equal({ statements: 0, commands: 0 });
  });

  /** One token request as the library makes it: find, use up, store the successor; then the commit. */
  const redeem = async (kind: 'AuthorizationCode' | 'RefreshToken', id: string) => {
    const redemption = node.tokens.beginRedemption();
    const store = node.tokens.artifacts(kind);
    await store.find(id);
    await store.consume(id);
    const successor = { kind: 'RefreshToken', clientId: 'bookshop', iat: 1 };
    await node.tokens.artifacts('RefreshToken').upsert(randomId(), successor, 60);
    await node.tokens.commitRedemption({ redemption, request: [], answer: '{}', grant: null });
  };

  it('a code from issue to tokens: two commands and two statements, one of which writes', async () => {
    const id = randomId();
    const { id: grantId } = await createGrant();
    const cost = await costOf(async () => {
      await node.tokens.artifacts('AuthorizationCode').upsert(id, { jti: id, grantId }, 60);
      await redeem('AuthorizationCode', id);
    });
    expect(cost).to.deep.equal({ statements: 2, commands: 2 });
  });

  it('a refresh: two statements, one of which writes', async () => {
    const id = randomId();
    const { id: grantId } = await createGrant();
    const payload = { kind: 'RefreshToken', clientId: 'bookshop', iat: 1, grantId };
    await node.tokens.artifacts('RefreshToken').upsert(id, payload, 60);
    expect(await costOf(() => redeem('RefreshToken', id))).to.deep.equal({
      statements: 2,
      commands: 0,
    });
  });
});
