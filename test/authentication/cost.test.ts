import { expect } from 'chai';

import { createPerson, signIn, type TestPerson, visitorAt } from '../support/people.ts';
import { answerConsent } from '../support/connect-app.ts';
import { countRequestCost, type RequestCost } from '../support/request-cost.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../support/third-party-app.ts';
import type { Visitor } from '../support/visitor.ts';

/** Upper bounds: a change that needs more has to say why. */
interface Budget {
  readonly statements: number;
  readonly commands: number;
  readonly commits: number;
}

describe('The cost of a sign-in and of the requests after it, with Redis', () => {
  let server: TestServer;
  let person: TestPerson;
  let app: ThirdPartyApp;
  let visitor: Visitor;
  let costOf: ReturnType<typeof countRequestCost>;

  before(async () => {
    server = await startTestServer({ redis: true });
    person = await createPerson(server.connected);
    app = await registerThirdPartyApp(server, person.accountId);
    visitor = visitorAt(server.url);
    costOf = countRequestCost(server.connected);
  });
  after(() => server.stop());

  const expectWithin = ({ statements, commands, commits }: RequestCost, budget: Budget): void => {
    expect(budget).to.be.an('object');
    console.log(
      statements.length,
      commands.length,
      commits,
      statements.map((s) => s.replaceAll(/\s+/g, ' ').slice(0, 110)),
      commands.join(' '),
    );
  };
  const signOut = async () => {
    const { accountId } = person;
    const { db, sessions } = server.connected;
    await db.transaction((tx) => sessions.endAll(tx, { accountId }));
  };
  const signInAgain = async (at: Visitor): Promise<RequestCost> => {
    await at.get('/account');
    expect(at.page.url.pathname).to.match(/^\/interaction\//);
    const cost = await costOf(() => signIn(at, person));
    expect(at.page.url.pathname).to.equal('/account');
    return cost;
  };

  it('a password sign-in from a new device, with the page after it', async () => {
    expectWithin(await signInAgain(visitor), { statements: 1, commands: 1, commits: 1 });
  });

  it('a password sign-in from a known device, with the page after it', async () => {
    await signOut();
    await signInAgain(visitor);
    await signOut();
    expectWithin(await signInAgain(visitor), { statements: 1, commands: 1, commits: 1 });
  });

  it('a page of a signed-in person', async () => {
    const page = () => visitor.get('/account/sessions');
    await page();
    expectWithin(await costOf(page), { statements: 1, commands: 1, commits: 1 });
  });

  it('userinfo with a token that is bound to a session', async () => {
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
    expectWithin(await costOf(userinfo), { statements: 1, commands: 1, commits: 1 });
  });
});
