import { expect } from 'chai';

import { connectApp } from '../../support/people/connect-app.ts';
import { findForm, readForm } from '../../support/http/html-form.ts';
import { createPerson, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import {
  isAtApp,
  registerThirdPartyApp,
  type ThirdPartyApp,
} from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';

for (const parameters of [{ prompt: 'login' }, { max_age: '0' }]) {
  describe(`Two tabs in which a person enters the password again at once, ${JSON.stringify(parameters)}`, () => {
    let server: TestServer;
    let ana: TestPerson;
    let app: ThirdPartyApp;
    let visitor: Visitor;

    before(async () => {
      server = await startTestServer();
      ana = await createPerson(server.connected);
      app = await registerThirdPartyApp(server, ana.accountId);
    });
    after(() => server?.stop());
    beforeEach(async () => {
      visitor = visitorAt(server.url);
      await connectApp({ visitor, app, person: ana });
    });

    const headers = () => ({ origin: server.url, 'sec-fetch-site': 'same-origin' });
    /** Opens a tab on the page of the password. */
    const openTab = async () => {
      const attempt = await app.begin(visitor, parameters);
      const { url, document } = visitor.page;
      const found = findForm(document, 'form[action$="/sign-in"]');
      if (found === null) throw new Error(visitor.page.text);
      const { email: identifier, password } = ana;
      const { action, fields } = readForm(found, { identifier, password });
      const target = new URL(action ?? '', url);
      const send = () =>
        visitor.request(target, { method: 'POST', body: fields, headers: headers() });
      return { attempt, send };
    };
    const goOn = (answer: Response) =>
      visitor.get(new URL(answer.headers.get('location') ?? '', server.url));
    const addressOf = ({ headers: sent }: Response): string =>
      sent.get('location') ?? /url=(.+)$/.exec(sent.get('refresh') ?? '')?.[1] ?? '';
    const isDone = (answer: Response): boolean =>
      isAtApp(new URL(addressOf(answer), server.url)) && addressOf(answer).includes('code=');

    it('both arrive at the app when the requests are processed together', async () => {
      const tabs = [await openTab(), await openTab()];
      const sent = await Promise.all(tabs.map(({ send }) => send()));
      expect(sent.map(({ status }) => status)).to.deep.equal([303, 303]);
      const answers = await Promise.all(sent.map((one) => visitor.request(addressOf(one))));
      expect(answers.map(isDone)).to.deep.equal([true, true]);
    });

    it('both arrive at the app when the second was sent before the first answer came', async () => {
      const [first, second] = [await openTab(), await openTab()];
      const sent = [await first.send(), await second.send()] as const;
      // The cookies of the second request are those from before the first answer.
      const before = visitor.cookies.header(new URL(addressOf(sent[1]), server.url));
      expect(isDone(await visitor.request(addressOf(sent[0])))).to.equal(true);
      const late = await fetch(new URL(addressOf(sent[1]), server.url), {
        headers: { cookie: before, accept: 'text/html' },
        redirect: 'manual',
      });
      // What the browser stores from the answer.
      visitor.cookies.store(new URL(addressOf(sent[1]), server.url), late);
      await goOn(late);
      expect(isAtApp(visitor.page.url), visitor.page.text).to.equal(true);
      expect((await second.attempt.finish()).access_token).to.be.a('string');
      await visitor.get(`${server.url}/account/security`);
      expect(visitor.page.url.pathname).to.equal('/account/security');
    });
  });
}
