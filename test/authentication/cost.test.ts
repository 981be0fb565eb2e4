import { expect } from 'chai';

import { answerConsent } from '../support/people/connect-app.ts';
import { createPerson, signIn, type TestPerson, visitorAt } from '../support/people/people.ts';
import {
  type CostCounter,
  countCosts,
  type RequestCost,
} from '../support/measurement/request-cost.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { registerThirdPartyApp } from '../support/people/third-party-app.ts';
import type { Visitor } from '../support/people/visitor.ts';

/** Upper bounds. Lower a number when an operation got cheaper; raise it only on purpose. */
type Budget = Pick<RequestCost, 'statements' | 'units' | 'redisCommands'>;

describe('The cost of a sign-in and of the requests after it, with Redis', () => {
  let server: TestServer;
  let person: TestPerson;
  let visitor: Visitor;
  let counter: CostCounter;

  before(async () => {
    server = await startTestServer({ redis: true });
    person = await createPerson(server.connected);
    visitor = visitorAt(server.url);
    counter = countCosts(server.connected);
  });
  after(async () => {
    counter.stop();
    await server.stop();
  });

  const expectWithin = async (budget: Budget, work: () => Promise<unknown>): Promise<void> => {
    const before = counter.read();
    await work();
    const after = counter.read();
    for (const name of ['statements', 'units', 'redisCommands'] as const) {
      expect(after[name] - before[name], name).to.be.at.most(budget[name]);
    }
  };
  const endSessions = async (): Promise<void> => {
    const { db, sessions } = server.connected;
    await db.transaction((tx) => sessions.endAll(tx, { accountId: person.accountId }));
  };
  /** From the form to the page that the person requested. */
  const signInWithin = async (at: Visitor, budget: Budget): Promise<void> => {
    await at.get('/account');
    expect(at.page.url.pathname).to.match(/^\/interaction\//);
    await expectWithin(budget, () => signIn(at, person));
    expect(at.page.url.pathname).to.equal('/account');
  };

  it('a password sign-in from a new device', async () => {
    await signInWithin(visitor, { statements: 13, units: 10, redisCommands: 0 });
    await endSessions();
    const other = visitorAt(server.url);
    // With the mail about the new device and its link.
    await signInWithin(other, { statements: 14, units: 8, redisCommands: 0 });
    await endSessions();
  });

  it('a password sign-in from a known device: nine statements', async () => {
    await signInWithin(visitor, { statements: 9, units: 9, redisCommands: 0 });
  });

  it('a page of a signed-in person: only the rows that it shows', async () => {
    const page = () => visitor.get('/account/sessions');
    await page();
    await expectWithin({ statements: 1, units: 1, redisCommands: 0 }, page);
  });

  it('userinfo with a token that is bound to a session: no read of the session', async () => {
    const app = await registerThirdPartyApp(server, person.accountId);
    const attempt = await app.begin(visitor);
    await answerConsent({ visitor, app, person });
    const tokens = await attempt.finish();
    const userinfo = async () => {
      const answer = await fetch(`${server.url}/userinfo`, {
        headers: { authorization: `Bearer ${tokens.access_token}` },
      });
      expect(answer.status).to.equal(200);
    };
    await userinfo();
    // The row of the ledger.
    await expectWithin({ statements: 1, units: 1, redisCommands: 0 }, userinfo);
  });
});
