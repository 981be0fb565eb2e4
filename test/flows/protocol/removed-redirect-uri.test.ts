import { expect } from 'chai';

import { createPerson, signIn, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import {
  APP_ORIGIN,
  isAtApp,
  registerThirdPartyApp,
} from '../../support/people/third-party-app.ts';

describe('A redirect address removed while a person is on the consent page', () => {
  let server: TestServer;
  let owner: TestPerson;

  before(async () => {
    server = await startTestServer();
    owner = await createPerson(server.connected);
  });
  after(() => server.stop());

  it('receives no code', async () => {
    const app = await registerThirdPartyApp(server, owner.accountId);
    const visitor = visitorAt(server.url);
    await app.begin(visitor);
    await signIn(visitor, await createPerson(server.connected));
    await server.connected.clients.change({
      clientId: app.clientId,
      manager: { accountId: owner.accountId, isAdministrator: false },
      changes: { redirectUris: [`${APP_ORIGIN}/elsewhere`] },
    });
    await visitor.submitForm('button[value=allow]');
    expect(isAtApp(visitor.page.url), visitor.page.url.href).to.equal(false);
    expect(visitor.page.status).to.equal(400);
  });
});
