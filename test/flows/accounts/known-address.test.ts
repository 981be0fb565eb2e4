import { expect } from 'chai';

import { createPerson, PASSWORD, visitorAt } from '../../support/people/people.ts';
import { readMessages } from '../../support/people/sent-messages.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import type { Visitor } from '../../support/people/visitor.ts';

const WORDS = 'No code in the message? It tells you what to do instead.';

describe('A registration with an address that belongs to an account', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server?.stop());

  const register = async (email: string): Promise<Visitor> => {
    const visitor = visitorAt(server.url);
    await visitor.get('/account');
    await visitor.follow('a[href$="/register"]');
    await visitor.submitForm('form[action$="/register"]', { email, password: PASSWORD });
    return visitor;
  };
  const seenBy = ({ page }: Visitor, email: string) => ({
    status: page.status,
    text: page.text.replaceAll(email, 'the address'),
  });

  it('shows the pages of any other address, also after a code was typed, with a sentence that helps', async () => {
    const person = await createPerson(server.connected);
    const unknown = 'somebody.new@example.org';
    const [known, other] = [await register(person.email), await register(unknown)];
    expect(seenBy(known, person.email)).to.deep.equal(seenBy(other, unknown));
    expect(known.page.text).to.include(WORDS);
    for (const visitor of [known, other]) {
      await visitor.submitForm('form[action*="/confirm/"]', { code: '000000' });
    }
    expect(seenBy(known, person.email)).to.deep.equal(seenBy(other, unknown));
    expect(known.page.status).to.equal(422);
    expect(known.page.text).to.include('This is not the code').and.include(WORDS);
  });

  it('mails the owner what to do, and the way to sign in', async () => {
    const person = await createPerson(server.connected);
    await register(person.email);
    const mails = (await readMessages(server.connected)).filter(
      (mail) => mail?.to === person.email,
    );
    expect(mails.map((mail) => mail?.template)).to.deep.equal(['registration-known']);
    expect(mails[0]?.values['code']).to.equal(undefined);
  });
});
