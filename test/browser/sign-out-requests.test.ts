import { expect } from 'chai';
import type { Browser } from 'playwright-core';

import { axeFindings } from '../support/browser/axe.ts';
import { launchBrowser } from '../support/browser/browser.ts';
import { openWatchedPage, type WatchedPage } from '../support/browser/watched-page.ts';
import { connectApp } from '../support/people/connect-app.ts';
import { createPerson, visitorAt, type TestPerson } from '../support/people/people.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../support/people/third-party-app.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { signInAtAccount } from './app-journeys.ts';
import { startOnwardApp, type OnwardApp } from './onward-app.ts';

describe('Sign-out requests of apps, in a browser', function () {
  this.timeout(120_000);
  let server: TestServer;
  let onwardApp: OnwardApp;
  let browser: Browser;
  let app: ThirdPartyApp;
  let ana: TestPerson;
  let hint: string;
  let watched: WatchedPage;

  before(async () => {
    server = await startTestServer();
    onwardApp = await startOnwardApp();
    ana = await createPerson(server.connected);
    app = await registerThirdPartyApp(server, ana.accountId, {
      postLogoutRedirectUris: [onwardApp.goodbye('web')],
      clientUri: 'https://bookshop.example/',
    });
    const visitor = visitorAt(server.url);
    hint = (await connectApp({ visitor, app, person: ana })).id_token ?? '';
    browser = await launchBrowser();
  });
  beforeEach(async () => {
    watched = await openWatchedPage(browser);
    // Nothing listens there.
    await watched.context.route('https://bookshop.example/', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Home</title>' }),
    );
  });
  afterEach(() => watched?.context.close());
  after(async () => {
    await browser?.close();
    await onwardApp?.close();
    await server?.stop();
  });

  const signIn = (person: TestPerson) =>
    signInAtAccount({ page: watched.page, scene: { server } as never }, person);

  async function open(parameters: Record<string, string>): Promise<void> {
    const query = new URLSearchParams(parameters).toString();
    await watched.page.goto(`${server.url}/session/end?${query}`);
  }

  /** The answer 400 is an error for the console of the browser, and intended here. */
  const failures = () => watched.browserErrors.filter((text) => !text.includes('status of 400'));

  it('reach the page of the app behind the confirmation', async () => {
    const { page } = watched;
    await signIn(ana);
    const address = onwardApp.goodbye('web');
    await open({ id_token_hint: hint, post_logout_redirect_uri: address, state: 'a b' });
    await page.click('button[name=logout]');
    await page.waitForURL(onwardApp.landing('web'));
    expect(onwardApp.takeReceived().parameters.get('state')).to.equal('a b');
    expect(failures()).to.deep.equal([]);
  });

  it('reach the page of the app when the person is signed out already', async () => {
    await open({ id_token_hint: hint, post_logout_redirect_uri: onwardApp.goodbye('web') });
    await watched.page.waitForURL(onwardApp.landing('web'));
    expect(failures()).to.deep.equal([]);
  });

  it('of another account leave the person signed in who wants that', async () => {
    const { page } = watched;
    const ben = await createPerson(server.connected);
    await signIn(ben);
    await open({ id_token_hint: hint, post_logout_redirect_uri: onwardApp.goodbye('web') });
    await page.getByText('another account').waitFor();
    await page.getByRole('button', { name: 'Stay signed in' }).click();
    await page.waitForURL(onwardApp.landing('web'));
    await page.goto(`${server.url}/account/sessions`);
    expect(new URL(page.url()).pathname).to.equal('/account/sessions');
    expect(failures()).to.deep.equal([]);
  });

  it('with a wrong address lead through the sign-out to the home page of the app', async () => {
    const { page } = watched;
    await signIn(ana);
    await open({ id_token_hint: hint, post_logout_redirect_uri: 'https://wrong.example/' });
    expect(await axeFindings(page)).to.deep.equal([]);
    await page.getByRole('link', { name: 'Sign out' }).click();
    await page.click('button[name=logout]');
    await page.getByRole('link', { name: 'Go to Bookshop' }).click();
    await page.waitForURL('https://bookshop.example/');
    expect(failures()).to.deep.equal([]);
  });
});
