import { expect } from 'chai';

import { beginAt } from '../../support/people/connect-app.ts';
import { findForm, readForm, type FormValues } from '../../support/http/html-form.ts';
import { createPerson, type TestPerson, visitorAt } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import {
  registerThirdPartyApp,
  type SignInAttempt,
  type ThirdPartyApp,
} from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';

describe('A consent page that is sent twice', function () {
  this.timeout(60_000);
  let server: TestServer;
  let other: TestServer;
  let ana: TestPerson;
  let app: ThirdPartyApp;
  let visitor: Visitor;
  let attempt: SignInAttempt;

  before(async () => {
    server = await startTestServer();
    other = await startTestServer({
      databaseUrl: server.databaseUrl,
      config: { issuer: server.url },
    });
  });
  after(async () => {
    await other?.stop();
    await server?.stop();
  });
  beforeEach(async () => {
    ana = await createPerson(server.connected, { values: { name: ['Ana Petrova'] } });
    app = await registerThirdPartyApp(server, ana.accountId);
    visitor = visitorAt(server.url);
    const parameters = { scope: 'openid profile', prompt: 'consent' };
    attempt = await beginAt({ visitor, app, person: ana, parameters });
  });

  /** The form of the page as it is now, to be sent any number of times, also to the other node. */
  const formOf = (button: string, values: FormValues = {}) => {
    const { url, document } = visitor.page;
    const found = findForm(document, button);
    if (found === null) throw new Error('no consent page');
    const { action, fields } = readForm(found, values);
    const target = new URL(action ?? '', url);
    return (at: TestServer = server): Promise<Response> => {
      const address = new URL(target);
      // Cookies are bound to the host name, not to the port.
      address.port = String((at.server.address() as { port: number }).port);
      return visitor.request(address, {
        method: 'POST',
        body: fields,
        headers: { origin: target.origin, 'sec-fetch-site': 'same-origin' },
      });
    };
  };
  const share = (duration = 'once'): FormValues => ({
    'claim.name': ana.attributeIds['name']?.[0] ?? '',
    'duration.name': duration,
  });
  const goOn = (answer: Response | undefined) =>
    visitor.get(new URL(answer?.headers.get('location') ?? '', server.url).href);
  const history = async (): Promise<string[]> => {
    const { accountId } = ana;
    return (await server.connected.consents.history({ accountId })).map(({ kind }) => kind);
  };
  const denials = async (): Promise<number> => {
    const events = await server.connected.audit.list(ana.accountId);
    return events.filter(({ kind }) => kind === 'consent.denied').length;
  };

  it('by a double click records one decision, and the sign-in ends', async () => {
    const send = formOf('button[value=allow]', share());
    const answers = await Promise.all([send(), send()]);
    expect(answers.map(({ status }) => status)).to.deep.equal([303, 303]);
    await goOn(answers[1]);
    expect((await attempt.finish()).access_token).to.be.a('string');
    expect(await history()).to.deep.equal(['allowed']);
    const { accountId } = ana;
    expect(await server.connected.receipts.list({ accountId, limit: 10 })).to.have.length(1);
  });

  it('at two nodes at once is one decision', async () => {
    const send = formOf('button[value=allow]', share());
    const answers = await Promise.all([send(server), send(other)]);
    expect(answers.map(({ status }) => status)).to.deep.equal([303, 303]);
    await goOn(answers[0]);
    expect((await attempt.finish()).access_token).to.be.a('string');
    expect(await history()).to.deep.equal(['allowed']);
  });

  it('again after its decision, when the page shows another question by now, leads on', async () => {
    const send = formOf('button[value=allow]', share('1_year'));
    expect((await send()).status).to.equal(303);
    // As after a reload of the answer, or when the answer was lost: at both nodes.
    const again = [await send(), await send(other)];
    expect(again.map(({ status }) => status)).to.deep.equal([303, 303]);
    await goOn(again[1]);
    expect((await attempt.finish()).access_token).to.be.a('string');
    expect(await history()).to.deep.equal(['allowed']);
  });

  it('with other choices after going back is refused: the page has changed by its own decision', async () => {
    const first = formOf('button[value=allow]', share('1_year'));
    const second = formOf('button[value=allow]', { 'claim.name': null });
    expect((await first()).status).to.equal(303);
    const refused = await second();
    expect(refused.status).to.equal(422);
    expect(await refused.text()).to.include('has changed since you opened it');
    expect(await history()).to.deep.equal(['allowed']);
  });

  it('is not repeated when another decision came in between', async () => {
    const send = formOf('button[value=allow]', share('1_year'));
    expect((await send()).status).to.equal(303);
    const key = { accountId: ana.accountId, clientId: app.clientId };
    const change = { ...key, claim: 'name', choice: 'refuse', locale: 'en' };
    await server.connected.consents.changeItem(change);
    expect((await send()).status).to.equal(422);
    expect(await history()).to.deep.equal(['changed', 'allowed']);
  });

  for (const button of ['deny', 'stop']) {
    it(`records one refusal for "${button}" by a double click or in two tabs`, async () => {
      if (button === 'stop') {
        await visitor.submitForm('button[value=allow]', share('1_year'));
        await attempt.finish();
        const parameters = { scope: 'openid profile', prompt: 'consent' };
        attempt = await beginAt({ visitor, app, person: ana, parameters });
      }
      const send = formOf(`button[value=${button}]`);
      const answers = await Promise.all([send(), send(other), send()]);
      expect(answers.map(({ status }) => status)).to.deep.equal([303, 303, 303]);
      await goOn(answers[0]);
      expect(attempt.answer().get('error')).to.equal('access_denied');
      expect(await denials()).to.equal(1);
      expect((await history()).filter((kind) => kind === 'withdrawn')).to.have.length(
        button === 'stop' ? 1 : 0,
      );
    });
  }
});
