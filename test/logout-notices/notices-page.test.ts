import { expect } from 'chai';

import { callApi, signedInVisitor } from '../support/people/console-visitor.ts';
import { connectApp } from '../support/people/connect-app.ts';
import { createPerson, visitorAt, type TestPerson } from '../support/people/people.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../support/people/third-party-app.ts';
import type { Visitor } from '../support/people/visitor.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { waitFor } from '../support/wait-for.ts';
import { startReceivingApp, type ReceivingApp } from './receiving-app.ts';

interface Listed {
  readonly logoutNotices: readonly { readonly noticeId: string; readonly status: string }[];
}

describe('The sign-out notices of an app', function () {
  this.timeout(30_000);
  let server: TestServer;
  let developer: Visitor;
  let person: TestPerson;
  let app: ThirdPartyApp;
  let receiver: ReceivingApp;
  let list: string;

  before(async () => {
    server = await startTestServer();
    const owner = await createPerson(server.connected);
    person = await createPerson(server.connected);
    developer = await signedInVisitor(server.url, owner);
    receiver = await startReceivingApp({ issuer: server.url, clientId: () => app.clientId });
    app = await registerThirdPartyApp(server, owner.accountId);
    list = `${server.url}/api/v1/clients/${app.clientId}/logout-notices`;
  });
  after(async () => {
    await receiver?.close();
    await server?.stop();
  });

  const openPage = () => developer.get(`${server.url}/developer/apps/${app.clientId}/sign-outs`);
  const read = async (): Promise<Listed['logoutNotices']> => {
    const answer = await callApi(developer, 'GET', list);
    expect(answer.status).to.equal(200);
    return ((await answer.json()) as Listed).logoutNotices;
  };
  const become = (status: string) =>
    waitFor(status, async () => (await read())[0]?.status === status, 10_000);

  it('lead to the settings while there is no address, and are listed after it is saved', async () => {
    expect((await openPage()).text).to.include('No address for sign-out notices');
    await developer.follow('.empty a');
    await developer.submitForm('form[action$="/settings"]', {
      backchannelLogoutUri: 'http://printer/out',
    });
    expect(developer.page.text).to.include('The address must begin with https://');
    await developer.submitForm('form[action$="/settings"]', {
      backchannelLogoutUri: receiver.address,
    });
    expect((await openPage()).text)
      .to.include(receiver.address)
      .and.include('No notices yet');
    await developer.follow('nav a[href$="/settings"]');
    const field = developer.page.document.querySelector('input[name=backchannelLogoutUri]');
    expect(field?.getAttribute('value')).to.equal(receiver.address);
  });

  it('show the developer the failed ones without the person, and send them again', async () => {
    receiver.answerWith(400);
    await connectApp({ visitor: visitorAt(server.url), app, person });
    await server.connected.accounts.signOutEverywhere(person);
    await waitFor('the first attempt', () => receiver.tokens.length > 0, 10_000);
    await waitFor(
      'giving up',
      async () => {
        await server.connected.db.query({
          name: 'test-last-attempt',
          text: `update logout_notices set attempts = 9, next_attempt_at = now() where claimed_until is null`,
        });
        await server.connected.logoutNotices.queueDue();
        return (await read())[0]?.status === 'failed';
      },
      10_000,
    );
    receiver.answerWith(200);
    const { text, body } = await openPage();
    expect(text).to.include('Given up').and.include('http_400');
    expect(body).not.to.include(person.accountId).and.not.to.include(person.email);
    await developer.submitForm('form[action$="/again"]');
    expect(developer.page.text).to.include('The notice will be sent again.');
    await become('delivered');
    expect((await openPage()).text).to.include('Delivered');
  });

  it('are sent again by the API, which does nothing for a delivered one', async () => {
    const [notice] = await read();
    const again = `${list}/${notice?.noticeId ?? ''}/again`;
    expect((await callApi(developer, 'POST', again)).status).to.equal(204);
    await become('delivered');
    expect(receiver.received).to.have.length(1);
    const unknown = `${list}/${crypto.randomUUID()}/again`;
    const answer = await callApi(developer, 'POST', unknown);
    expect(await answer.json()).to.include({ code: 'logout_notice_not_found' });
  });

  it('of another developer do not exist', async () => {
    const stranger = await signedInVisitor(server.url, await createPerson(server.connected));
    expect((await callApi(stranger, 'GET', list)).status).to.equal(404);
    const page = await stranger.get(`${server.url}/developer/apps/${app.clientId}/sign-outs`);
    expect(page.status).to.equal(404);
  });
});
