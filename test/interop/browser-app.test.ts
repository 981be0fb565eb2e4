import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';

import { launchBrowser } from '../support/browser/browser.ts';
import { createPerson, type TestPerson } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { openWatchedPage, type WatchedPage } from '../support/browser/watched-page.ts';
import { startApp, type AppProcess } from './app-process.ts';
import { fillSignIn } from '../support/browser/fill-sign-in.ts';

describe('A browser app with oidc-client-ts', function () {
  this.timeout(120_000);
  let server: TestServer;
  let ana: TestPerson;
  let browser: Browser;
  const running: AppProcess[] = [];

  before(async () => {
    server = await startTestServer();
    ana = await createPerson(server.connected, { values: { name: ['Ana Example'] } });
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await Promise.all(running.map((app) => app.stop()));
    await server?.stop();
  });

  async function open(settings: Readonly<Record<string, unknown>> = {}): Promise<AppProcess> {
    const app = await startApp({
      server,
      ownerAccountId: ana.accountId,
      library: 'oidc-client-ts',
      registration: {
        applicationType: 'single_page',
        scopes: ['openid', 'profile', 'email', 'offline_access'],
      },
      signedOutPath: '/',
      settings,
    });
    running.push(app);
    return app;
  }

  /** Starts at the app, signs Ana in, shares these values and refuses the others. */
  async function connect(app: AppProcess, shared: readonly string[]): Promise<WatchedPage> {
    const watched = await openWatchedPage(browser);
    const { page } = watched;
    await page.goto(app.url);
    await stateIs(page, 'signed out');
    await page.evaluate('void manager.signinRedirect()');
    await fillSignIn(page, ana);
    await page.waitForSelector('button[value=allow]');
    for (const claim of shared) {
      const id = ana.attributeIds[claim]?.[0] ?? '';
      await page.check(`[name="claim.${claim}"][value="${id}"]`);
    }
    await page.click('button[value=allow]');
    await page.waitForURL(`${app.url}/callback?*`);
    await stateIs(page, 'signed in');
    return watched;
  }

  async function stateIs(page: Page, state: string): Promise<void> {
    await page.waitForSelector(`#state:text-is("${state}")`);
  }

  const profileAt = (page: Page): Promise<Record<string, unknown>> =>
    page.evaluate('manager.getUser().then((user) => user.profile)');

  it('signs the person in, and receives values with loadUserInfo only', async () => {
    const plain = await connect(await open(), ['name', 'email']);
    const first = await profileAt(plain.page);
    expect(first).to.include({ sub: ana.accountId });
    expect(first).not.to.have.any.keys('name', 'email');
    expect(plain.browserErrors).to.deep.equal([]);
    await plain.context.close();
    const loading = await connect(await open({ loadUserInfo: true }), ['name', 'email']);
    expect(await profileAt(loading.page)).to.include({ name: 'Ana Example', email: ana.email });
    expect(loading.browserErrors).to.deep.equal([]);
    await loading.context.close();
  });

  it('signs in a person who refuses the e-mail', async () => {
    const { page, context } = await connect(await open({ loadUserInfo: true }), ['name']);
    const profile = await profileAt(page);
    expect(profile).to.include({ sub: ana.accountId, name: 'Ana Example' });
    expect(profile).not.to.have.any.keys('email', 'email_verified');
    await context.close();
  });

  it('renews six times concurrently, and again with the new token', async () => {
    const { page, context, browserErrors } = await connect(await open(), ['name']);
    const subjects = (): Promise<readonly string[]> =>
      page.evaluate(
        'Promise.all(Array.from({ length: 6 }, () => manager.signinSilent())).then((all) => all.map((user) => user.profile.sub))',
      );
    const all = Array.from({ length: 6 }, () => ana.accountId);
    const before = await refreshToken(page);
    expect(await subjects()).to.deep.equal(all);
    expect(await refreshToken(page)).to.not.equal(before);
    expect(await subjects()).to.deep.equal(all);
    expect(browserErrors).to.deep.equal([]);
    await context.close();
  });

  const refreshToken = (page: Page): Promise<string> =>
    page.evaluate('manager.getUser().then((user) => user.refresh_token)');

  it('revokes its tokens', async () => {
    const { page, context, browserErrors } = await connect(await open(), []);
    await page.evaluate('manager.revokeTokens()');
    expect(browserErrors).to.deep.equal([]);
    await context.close();
  });

  it('signs the person out after the session at the server has ended', async () => {
    const app = await open();
    const { page, context } = await connect(app, []);
    await page.goto(`${server.url}/session/end`);
    await page.click('button[name=logout]');
    await page.waitForURL((url) => url.origin === server.url && url.pathname !== '/session/end');
    await page.goto(app.url);
    await stateIs(page, 'signed in');
    await page.evaluate('void manager.signoutRedirect()');
    await page.waitForURL(`${app.url}/`);
    await stateIs(page, 'signed out');
    await context.close();
  });
});
