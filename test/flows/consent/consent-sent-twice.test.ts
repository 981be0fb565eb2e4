import { expect } from 'chai';

import { beginAt } from '../../support/people/connect-app.ts';
import { findForm, readForm } from '../../support/http/html-form.ts';
import { createPerson, type TestPerson, visitorAt } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../../support/people/third-party-app.ts';

describe('A consent page that is sent twice', () => {
  let server: TestServer;
  let ana: TestPerson;
  let app: ThirdPartyApp;

  before(async () => {
    server = await startTestServer();
    ana = await createPerson(server.connected, { values: { name: ['Ana Petrova'] } });
    app = await registerThirdPartyApp(server, ana.accountId);
  });
  after(() => server?.stop());

  it('by a double click records one decision, and the sign-in ends', async () => {
    const visitor = visitorAt(server.url);
    const attempt = await beginAt({
      visitor,
      app,
      person: ana,
      parameters: { scope: 'openid profile', prompt: 'consent' },
    });
    const found = findForm(visitor.page.document, 'button[value=allow]');
    if (found === null) throw new Error('no consent page');
    const name = ana.attributeIds['name']?.[0] ?? '';
    const { action, fields } = readForm(found, { 'claim.name': name, 'duration.name': 'once' });
    const target = new URL(action ?? '', visitor.page.url);
    const send = () =>
      visitor.request(target, {
        method: 'POST',
        body: fields,
        headers: { origin: target.origin, 'sec-fetch-site': 'same-origin' },
      });

    const answers = await Promise.all([send(), send()]);
    expect(answers.map(({ status }) => status)).to.deep.equal([303, 303]);
    await visitor.get(new URL(answers[1]?.headers.get('location') ?? '', target).href);

    expect((await attempt.finish()).access_token).to.be.a('string');
    const { accountId } = ana;
    const history = await server.connected.consents.history({ accountId });
    expect(history.map(({ kind }) => kind)).to.deep.equal(['allowed']);
    expect(await server.connected.receipts.list({ accountId, limit: 10 })).to.have.length(1);
  });
});
