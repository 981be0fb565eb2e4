import { expect } from 'chai';

import { settableClock, type SettableClock } from '../support/clock.ts';
import { callApi, signedInVisitor } from '../support/people/console-visitor.ts';
import { readMessages } from '../support/people/sent-messages.ts';
import { createPerson, type TestPerson } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import type { Visitor } from '../support/people/visitor.ts';

const EVIL = 'somebody-else@example.net';

// A browser that was left open must not become a way in for good: an address that is proven resets the password.
describe('a session whose proof is old', () => {
  let server: TestServer;
  let clock: SettableClock;
  let ana: TestPerson;
  let visitor: Visitor;
  let attributeId: string;

  before(async () => {
    clock = settableClock(new Date());
    server = await startTestServer({ clock });
    ana = await createPerson(server.connected);
    const unproven = { accountId: ana.accountId, claim: 'email', value: 'old@example.org' };
    attributeId = (await server.connected.vault.addAttribute(unproven)).id;
    visitor = await signedInVisitor(server.url, ana);
    clock.advance(900);
  });
  after(() => server?.stop());

  const mailsToEvil = async () => {
    const mails = await readMessages(server.connected);
    return mails.filter((mail) => mail?.to === EVIL);
  };
  const formOf = (action: string) => {
    const inputs = visitor.page.document.querySelectorAll(`form[action="${action}"] input`);
    const fields = inputs.map((input): [string, string] => [
      input.getAttribute('name') ?? '',
      input.getAttribute('value') ?? '',
    ]);
    expect(fields, action).not.to.deep.equal([]);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return { action, body: { headers, body: new URLSearchParams(fields) } };
  };

  it('has no code or link sent to an address until the person has proven who they are', async () => {
    const path = `${server.url}/api/v1/account/attributes/${attributeId}`;
    await callApi(visitor, 'PATCH', path, { value: EVIL });
    await visitor.get('/account');
    const { action, body } = formOf(`/account/emails/${attributeId}/code`);
    const answer = await visitor.request(action, { method: 'POST', ...body });
    expect(answer.status).to.equal(303);
    expect(answer.headers.get('location')).to.contain('prompt=login');
    expect(await mailsToEvil()).to.deep.equal([]);

    clock.set(new Date());
    // Where the proof of identity leads back to.
    await visitor.get(action);
    expect(visitor.page.url.pathname).to.equal(`/account/emails/${attributeId}/confirm`);
    expect(visitor.page.document.querySelector('input[name=code]')).to.equal(null);
    await visitor.submitForm(`form[action="${action}"]`);
    expect(visitor.page.url.pathname).to.equal(`/account/emails/${attributeId}/confirm`);
    expect(await mailsToEvil()).to.have.length(1);
  });
});
