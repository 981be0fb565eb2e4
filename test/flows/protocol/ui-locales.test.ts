import { expect } from 'chai';

import { answerConsent, beginAt } from '../../support/people/connect-app.ts';
import { createPerson, signIn, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../../support/people/third-party-app.ts';

describe('The language of ui_locales', () => {
  let server: TestServer;
  let ana: TestPerson;
  let app: ThirdPartyApp;

  before(async () => {
    server = await startTestServer();
    ana = await createPerson(server.connected);
  });
  after(() => server.stop());
  beforeEach(async () => {
    app = await registerThirdPartyApp(server, ana.accountId);
  });

  const english = () => visitorAt(server.url, { headers: { 'accept-language': 'en' } });

  for (const [page, parameters] of [
    ['the redirect page to the app', {}],
    ['the page that posts the response to the app', { response_mode: 'form_post' }],
  ] as const) {
    it(`is used on every page up to ${page}`, async () => {
      const visitor = english();
      const input = {
        visitor,
        app,
        person: ana,
        parameters: { ...parameters, ui_locales: 'fr ru en' },
      };
      await beginAt(input);
      expect(visitor.page.document.querySelector('html')?.getAttribute('lang')).to.equal('ru');
      await answerConsent(input);
      const html = visitor.page.document.querySelector('html');
      expect(html?.getAttribute('lang')).to.equal('ru');
      expect(visitor.page.text).to.include('Bookshop').and.match(/[а-я]/i);
    });
  }

  it('is used on an error page and on the page after a sign-out', async () => {
    const visitor = english();
    await visitor.get(
      `/auth?client_id=${app.clientId}&redirect_uri=https://x.example&ui_locales=ru`,
    );
    expect(visitor.page.document.querySelector('html')?.getAttribute('lang')).to.equal('ru');
    await visitor.get('/session/end?ui_locales=ru');
    expect(visitor.page.document.querySelector('html')?.getAttribute('lang')).to.equal('ru');
  });

  it('is used on the page after a confirmed sign-out', async () => {
    const visitor = english();
    await visitor.get('/account');
    await signIn(visitor, ana);
    await visitor.get('/session/end?ui_locales=ru');
    expect(visitor.page.text).to.match(/Выйти/);
    const form = [...visitor.page.document.querySelectorAll('input')].map(
      (input) => [input.getAttribute('name') ?? '', input.getAttribute('value') ?? ''] as const,
    );
    const confirmed = await visitor.request('/session/end/confirm', {
      method: 'POST',
      body: new URLSearchParams([...form.map(([name, value]) => [name, value]), ['logout', 'yes']]),
    });
    await visitor.get(new URL(confirmed.headers.get('location') ?? '', server.url));
    expect(visitor.page.url.pathname).to.equal('/session/end/success');
    expect(visitor.page.document.querySelector('html')?.getAttribute('lang')).to.equal('ru');
  });

  it('is overridden by the language that the person has chosen', async () => {
    const visitor = english();
    await visitor.get('/preferences');
    visitor.cookies.store(
      new URL(server.url),
      new Response(null, { headers: { 'set-cookie': 'consentry-locale=en; Path=/' } }),
    );
    const input = { visitor, app, person: ana, parameters: { ui_locales: 'ru' } };
    await beginAt(input);
    await answerConsent(input);
    expect(visitor.page.document.querySelector('html')?.getAttribute('lang')).to.equal('en');
  });
});
