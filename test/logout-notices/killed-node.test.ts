import { expect } from 'chai';
import { decodeJwt } from 'jose';

import { connect, type Connected } from '../../src/server/services.ts';
import { testConfig } from '../support/config.ts';
import { connectApp } from '../support/people/connect-app.ts';
import { createPerson, visitorAt, type TestPerson } from '../support/people/people.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../support/people/third-party-app.ts';
import type { Visitor } from '../support/people/visitor.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/database.ts';
import { startNode, type NodeOptions, type ServerNode } from '../support/servers/node.ts';
import { waitFor } from '../support/wait-for.ts';
import { startReceivingApp, type ReceivingApp } from './receiving-app.ts';

/** Until the queue gives the job of a killed process to another one. */
const MOST_MS = 90_000;

describe('A sign-out at a node that is killed (F-28)', function () {
  this.timeout(150_000);
  let database: TestDatabase;
  let connected: Connected;
  let node: ServerNode;
  let person: TestPerson;
  let visitor: Visitor;
  let app: ThirdPartyApp;
  let receiver: ReceivingApp;

  afterEach(async () => {
    await receiver?.close();
    await connected?.close();
    await node?.stop();
    await database?.drop();
  });

  /** Starts a node where a person is signed in at the app. */
  async function begin(env: NonNullable<NodeOptions['env']>): Promise<string | undefined> {
    database = await createTestDatabase();
    node = await startNode({ databaseUrl: database.url, env });
    connected = await connect(testConfig(database.url, { issuer: node.issuer }));
    receiver = await startReceivingApp({ issuer: node.issuer, clientId: () => app.clientId });
    person = await createPerson(connected);
    app = await registerThirdPartyApp({ url: node.issuer, connected }, person.accountId, {
      backchannelLogoutUri: receiver.address,
    });
    visitor = visitorAt(node.issuer);
    const tokens = await connectApp({ visitor, app, person });
    return tokens.claims()?.['sid'] as string | undefined;
  }

  async function signOut(): Promise<void> {
    await visitor.get(`${node.issuer}/session/end`);
    await visitor.submitForm('button[name=logout]');
  }

  /** The node again, at its address, with jobs. */
  async function restart(): Promise<void> {
    await node.kill();
    const port = Number(new URL(node.issuer).port);
    node = await startNode({ databaseUrl: database.url, issuer: node.issuer, port });
  }

  it('before the delivery reaches the app from the next node', async () => {
    const sid = await begin({ RUN_JOBS: 'false' });
    await signOut();
    await restart();
    await receiver.receivesNotice((notice) => notice.sid === sid);
    expect(receiver.received).to.have.length(1);
  });

  it('during the delivery reaches the app again, with the same jti', async () => {
    const sid = await begin({});
    receiver.answerWith('hang');
    await signOut();
    await waitFor('an attempt', () => receiver.tokens.length > 0, MOST_MS);
    await restart();
    receiver.answerWith(200);
    await waitFor('the notice', () => receiver.received.length > 0, MOST_MS);
    expect(receiver.received[0]).to.include({ sid });
    expect(new Set(receiver.tokens.map((token) => decodeJwt(token).jti)).size).to.equal(1);
  });
});
