import { expect } from 'chai';

import { connectApp } from '../../support/people/connect-app.ts';
import { createPerson, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import {
  isAtApp,
  registerThirdPartyApp,
  type ThirdPartyApp,
} from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';

const SLOW_MS = 700;

describe('An authorization whose session ends while it runs', () => {
  let server: TestServer;
  let app: ThirdPartyApp;
  let other: ThirdPartyApp;

  before(async () => {
    server = await startTestServer();
    const owner = await createPerson(server.connected);
    app = await registerThirdPartyApp(server, owner.accountId);
    other = await registerThirdPartyApp(server, owner.accountId, { name: 'Library' });
    // Extends the time between reading the session and inserting the grant.
    await server.connected.db.query({
      name: '',
      text: `create function slow_down() returns trigger language plpgsql as
             $$ begin perform pg_sleep(${String(SLOW_MS / 1000)}); return new; end $$`,
    });
    await server.connected.db.query({
      name: '',
      text: `create trigger slow_down before insert on grants for each row
             when (new.client_id = '${other.clientId}') execute function slow_down()`,
    });
  });
  after(() => server.stop());

  /** A signed-in visitor whose second app already has a consent, given in another browser. */
  const arrange = async (): Promise<{ person: TestPerson; visitor: Visitor }> => {
    const person = await createPerson(server.connected);
    await connectApp({ visitor: visitorAt(server.url), app: other, person });
    const visitor = visitorAt(server.url);
    await connectApp({ visitor, app, person });
    return { person, visitor };
  };
  /** Requests offline access, so that the tokens do not depend on the session. */
  const getsTokens = async (visitor: Visitor, end: () => Promise<void>): Promise<boolean> => {
    const parameters = { scope: 'openid email offline_access', prompt: 'consent' };
    const attempt = await other.begin(visitor, parameters);
    const { db, tokens } = server.connected;
    // As if the earlier grant had expired: the response needs a new grant.
    await db.transaction((tx) => tokens.revokeGrants(tx, { clientId: other.clientId }));
    const allowed = visitor.submitForm('button[value=allow]');
    await new Promise((resolve) => setTimeout(resolve, SLOW_MS / 2));
    await end();
    await allowed;
    if (!isAtApp(visitor.page.url)) return false;
    return attempt.finish().then(
      () => true,
      () => false,
    );
  };

  it('gets tokens when no session ends', async () => {
    const { visitor } = await arrange();
    expect(await getsTokens(visitor, () => Promise.resolve())).to.equal(true);
  });

  it('gets no tokens when the person signs out everywhere', async () => {
    const { person, visitor } = await arrange();
    const { accountId } = person;
    const { accounts } = server.connected;
    expect(await getsTokens(visitor, () => accounts.signOutEverywhere({ accountId }))).to.equal(
      false,
    );
  });

  it('gets no tokens when the person signs out all other browsers', async () => {
    const { person, visitor } = await arrange();
    const { accountId } = person;
    const input = { accountId, exceptSessionUid: 'the session of another browser' };
    const { accounts } = server.connected;
    expect(await getsTokens(visitor, () => accounts.signOutEverywhere(input))).to.equal(false);
  });

  it('requires a new sign-in when the cut-off time of the account is moved', async () => {
    const { person, visitor } = await arrange();
    await server.connected.db.transaction(async (tx) => {
      await tx.query({
        name: '',
        // More than the permitted difference between the clocks of two nodes.
        text: `update accounts set cut_off_at = now() + interval '10 seconds' where id = $1`,
        values: [person.accountId],
      });
      await server.connected.feed.publish(tx, 'account', person.accountId);
    });
    const attempt = await app.begin(visitor, { prompt: 'none' });
    expect(attempt.answer().get('error')).to.equal('login_required');
  });
});
