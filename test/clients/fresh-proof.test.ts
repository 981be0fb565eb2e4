import { expect } from 'chai';

import { settableClock, type SettableClock } from '../support/clock.ts';
import { callApi, signedInVisitor } from '../support/people/console-visitor.ts';
import { createPerson, type TestPerson } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { registerThirdPartyApp } from '../support/people/third-party-app.ts';

describe('The API of apps, called by a session whose proof is old', () => {
  let server: TestServer;
  let clock: SettableClock;
  let owner: TestPerson;

  before(async () => {
    clock = settableClock(new Date().toISOString());
    server = await startTestServer({ clock });
    owner = await createPerson(server.connected);
  });
  after(() => server.stop());

  it('creates no secret and deletes no app, like the pages', async () => {
    const { clientId } = await registerThirdPartyApp(server, owner.accountId);
    const visitor = await signedInVisitor(server.url, owner);
    const one = `${server.url}/api/v1/clients/${clientId}`;
    expect((await callApi(visitor, 'POST', `${one}/secrets`, {})).status).to.equal(201);
    clock.advance(700);
    for (const answer of [
      await callApi(visitor, 'POST', `${one}/secrets`, {}),
      await callApi(visitor, 'DELETE', one),
    ]) {
      expect(answer.status).to.equal(403);
      expect(await answer.json()).to.include({ code: 'fresh_sign_in_required' });
    }
    expect((await callApi(visitor, 'GET', one)).status).to.equal(200);
  });
});
