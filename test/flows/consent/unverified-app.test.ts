import { expect } from 'chai';

import { createPerson, signIn, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { REDIRECT_URI, registerThirdPartyApp } from '../../support/people/third-party-app.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';

describe('A sign-in to an app that no administrator has verified', () => {
  let server: TestServer;
  let ana: TestPerson;
  before(async () => {
    server = await startTestServer();
    ana = await createPerson(server.connected);
  });
  after(() => server?.stop());

  it('states so once: where the person decides, not before', async () => {
    const { clientId } = await registerThirdPartyApp(server, ana.accountId);
    const query = new URLSearchParams({
      client_id: clientId,
      redirect_uri: REDIRECT_URI,
      response_type: 'code',
      scope: 'openid email',
      code_challenge: 'v'.repeat(43),
      code_challenge_method: 'S256',
    });
    const visitor = visitorAt(server.url);
    await visitor.get(`${server.url}/auth?${query.toString()}`);
    expect(visitor.page.document.querySelector('input[name=password]')).to.not.equal(null);
    expect(visitor.page.text).to.not.include('checked');
    await signIn(visitor, ana);
    expect(visitor.page.text.split('We have not checked who runs this app')).to.have.length(2);
  });
});
