import { expect } from 'chai';
import * as oauth from 'openid-client';

import { foreignParts, seeElements } from '../../support/browser/browser-view.ts';
import { answerConsent, beginAt } from '../../support/people/connect-app.ts';
import { signedInVisitor } from '../../support/people/console-visitor.ts';
import { createPerson, visitorAt } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import { registerThirdPartyApp } from '../../support/people/third-party-app.ts';

const NAMES = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onfocus='alert(1)' autofocus='",
  '</textarea></select><iframe src=javascript:alert(1)>',
  '{{ 7 * 7 }} {% for x in y %} ${7*7} $t(title)',
  'مرحبا 123 abc',
  'abc אבג 123',
  '&lt;b&gt; &amp; &#60;',
  "'; drop table attributes; --",
  'अनास्तासिया 👨‍👩‍👧‍👦',
];

describe('Values with markup, templates or right-to-left text', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server?.stop());

  it('are shown as text on every consent page and released to the app unchanged', async () => {
    const ana = await createPerson(server.connected, { values: { name: NAMES } });
    const app = await registerThirdPartyApp(server, ana.accountId, {
      scopes: ['openid', 'profile'],
    });
    for (const [index, name] of NAMES.entries()) {
      const visitor = visitorAt(server.url);
      const parameters = { scope: 'openid profile', prompt: 'consent' };
      const attempt = await beginAt({ visitor, app, person: ana, parameters });
      expectShown(visitor.page.body, NAMES);
      const choices = { 'claim.name': ana.attributeIds['name']?.[index] ?? '' };
      await answerConsent({ visitor, app, person: ana, choices });
      const tokens = await attempt.finish();
      const released = await oauth.fetchUserInfo(app.config, tokens.access_token, ana.accountId);
      expect(released['name']).to.equal(name);
      const home = await signedInVisitor(server.url, ana);
      const page = await home.get(`/account/apps/${app.clientId}`);
      expectShown(page.body, [name]);
      expect(foreignParts((await home.get('/account/history')).body)).to.deep.equal([]);
    }
  });
});

/** Each name is the text of an element with isolated direction, and none became markup. */
function expectShown(html: string, names: readonly string[]): void {
  expect(foreignParts(html)).to.deep.equal([]);
  const isolated = new Set(
    seeElements(html)
      .filter(({ isIsolated }) => isIsolated)
      .map(({ text }) => text.trim()),
  );
  for (const name of names) expect(isolated.has(name), name).to.equal(true);
}
