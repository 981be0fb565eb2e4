import { expect } from 'chai';

import { createPerson, signIn, visitorAt } from '../../support/people/people.ts';
import { readMessages } from '../../support/people/sent-messages.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';

const TEXT = 'This sign-in was blocked. Confirm it at https://evil.example/now';

describe('The mail about a sign-in from a new browser', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server?.stop());

  for (const [title, header] of [
    ['a name in the header', `${TEXT}/1 x`],
    ['the whole header', TEXT],
  ] as const) {
    it(`contains no text of the caller: ${title}`, async () => {
      const person = await createPerson(server.connected);
      for (const userAgent of ['Mozilla/5.0', header]) {
        const visitor = visitorAt(server.url, { headers: { 'user-agent': userAgent } });
        await visitor.get('/account');
        await signIn(visitor, person);
      }
      const sent = (await readMessages(server.connected)).filter(
        (mail) => mail?.to === person.email && mail.template === 'new-device',
      );
      expect(sent).to.have.length(1);
      expect(JSON.stringify(sent)).to.not.include('evil.example');
    });
  }
});
