import { expect } from 'chai';

import { PASSWORD, visitorAt } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { codeFor } from '../vault/mailed-code.ts';

const EMAIL = 'newcomer@example.org';

describe('The history of a new account', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server?.stop());

  it('has one entry for the registration, with its values', async () => {
    const visitor = visitorAt(server.url);
    const { url } = await visitor.get('/account');
    await visitor.get(`${url.pathname}/register`);
    const typed = { email: EMAIL, name: 'Ana', password: PASSWORD };
    await visitor.submitForm('form[action$="/register"]', typed);
    const code = await codeFor(server.connected, EMAIL);
    await visitor.submitForm('form[data-await-link]', { code });
    const { document } = await visitor.get('/account/history');
    const entries = document
      .querySelectorAll('.timeline-entry > div')
      .map(({ text }) => text.replaceAll(/\s+/g, ' ').trim());
    expect(entries).to.have.length(1);
    expect(entries[0]).to.match(/^You created your account .*newcomer@example\.org/);
    expect(entries[0]).to.include('Ana');
  });
});
