import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';

import { launchBrowser } from '../support/browser/browser.ts';
import { settableClock, type SettableClock } from '../support/clock.ts';
import { createPerson, PASSWORD, type TestPerson } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../support/people/third-party-app.ts';
import { codeFor } from '../vault/mailed-code.ts';
import { startOnwardApp, type OnwardApp } from './onward-app.ts';
import {
  allow,
  begin,
  enterCode,
  expectAtApp,
  expectRefused,
  expectStable,
  continueInFirstTab,
  NEW_PASSWORD,
  nextEmail,
  pressLink,
  send,
  signIn,
  type Walk,
} from './step-walk.ts';

for (const hasScripts of [true, false]) {
  describe(`Every step of every flow has an address of its own, ${hasScripts ? 'with' : 'without'} scripts`, function () {
    this.timeout(120_000);
    let clock: SettableClock;
    let server: TestServer;
    let browser: Browser;
    let landing: OnwardApp;
    let redirectUri: string;
    let app: ThirdPartyApp;
    let walk: Walk;

    before(async () => {
      clock = settableClock(new Date());
      server = await startTestServer({ clock });
      const owner = await createPerson(server.connected);
      landing = await startOnwardApp();
      redirectUri = `${landing.origin}/arrived`;
      app = await registerThirdPartyApp(server, owner.accountId, {
        redirectUris: [redirectUri],
        requests: [
          {
            claim: 'email',
            necessity: 'voluntary',
            purpose: { en: 'Order confirmations' },
            longestDuration: 'until_withdrawn',
          },
        ],
      });
      browser = await launchBrowser();
    });
    after(async () => {
      await browser?.close();
      await landing?.close();
      await server?.stop();
    });
    beforeEach(async () => {
      const context = await browser.newContext({
        locale: 'en-GB',
        javaScriptEnabled: hasScripts,
        reducedMotion: 'reduce',
      });
      const [page, other] = [await context.newPage(), await context.newPage()];
      walk = { server, app, redirectUri, context, page, other, hasScripts };
    });
    afterEach(async () => {
      clock.set(new Date());
      await walk.context.close();
    });

    const person = (): Promise<TestPerson> =>
      createPerson(server.connected, { email: nextEmail() });
    const to = async (step: string): Promise<void> => {
      await walk.page.click(`a[href$="/${step}"]`);
      await expectStable(walk, step);
    };

    it('registering with a password and a code', async () => {
      const email = nextEmail();
      await begin(walk);
      await to('register');
      await send(walk.page, '$="/register"', { email, password: 'short' });
      await expectRefused(walk, 'a refused registration');
      await send(walk.page, '$="/register"', { email, password: PASSWORD });
      await enterCode(walk, email);
      await allow(walk);
    });

    it('registering with a password and the link of the mail', async () => {
      const email = nextEmail();
      await begin(walk);
      await to('register');
      await send(walk.page, '$="/register"', { email, password: PASSWORD });
      const tab = await pressLink(walk, email);
      await continueInFirstTab(walk);
      await allow({ ...walk, page: tab });
      await walk.page.reload();
      expect(await walk.page.textContent('h1')).to.include('already answered');
    });

    it('registering with the link when the code has expired', async () => {
      const email = nextEmail();
      await begin(walk);
      await to('register');
      await send(walk.page, '$="/register"', { email, password: PASSWORD });
      clock.advance(3_600);
      await walk.page.reload();
      expect(await walk.page.locator('input[name=code]').count()).to.equal(0);
      const tab = await pressLink(walk, email);
      expect(await tab.textContent('main')).to.include('confirmed');
      await signIn(tab, email);
      await allow({ ...walk, page: tab });
    });

    it('registering and signing in with a code only', async () => {
      const email = nextEmail();
      await begin(walk);
      await to('code');
      await send(walk.page, '$="/code"', { identifier: email });
      await enterCode(walk, email);
      await allow(walk);
    });

    it('signing in with a password', async () => {
      const { email } = await person();
      await begin(walk);
      await expectStable(walk, 'sign-in');
      await signIn(walk.page, email, 'wrong as wrong can be');
      expect(await walk.page.textContent('main')).to.include('don’t match');
      await walk.page.goBack();
      await signIn(walk.page, email);
      await allow(walk);
    });

    it('signing in with a code to an account that has a password', async () => {
      const { email } = await person();
      await begin(walk);
      await to('code');
      await send(walk.page, '$="/code"', { identifier: email });
      await enterCode(walk, email);
      await allow(walk);
    });

    it('signing in with the link of the mail', async () => {
      const { email } = await person();
      await begin(walk);
      await to('code');
      await send(walk.page, '$="/code"', { identifier: email });
      const tab = await pressLink(walk, email);
      await continueInFirstTab(walk);
      await allow(walk);
      await tab.reload();
      expect(await tab.textContent('h1')).to.include('already answered');
    });

    it('requesting another code', async () => {
      const email = nextEmail();
      await begin(walk);
      await to('code');
      await send(walk.page, '$="/code"', { identifier: email });
      await send(walk.page, '$="/resend"');
      expect(await walk.page.textContent('main')).to.include('You can ask for another one');
      await expectStable(walk, 'too soon');
      clock.advance(61);
      await send(walk.page, '$="/resend"');
      expect(await walk.page.textContent('main')).to.include('A new message is on its way');
      await enterCode(walk, email);
      await allow(walk);
    });

    it('choosing a new password', async () => {
      const { email } = await person();
      await begin(walk);
      await to('forgot');
      await send(walk.page, '$="/forgot"', { identifier: email });
      await expectStable(walk, 'reset');
      const name = walk.page.locator('form input[autocomplete=username]');
      expect(await name.inputValue(), 'for password managers').to.equal(email);
      await send(walk.page, '*="/reset/"', { code: '0', newPassword: NEW_PASSWORD });
      await expectStable(walk, 'a refused reset');
      const code = await codeFor(server.connected, email);
      await send(walk.page, '*="/reset/"', { code, newPassword: NEW_PASSWORD });
      expect(await walk.page.textContent('main')).to.include('Your password has been changed');
      await signIn(walk.page, email, NEW_PASSWORD);
      await allow(walk);
    });

    it('restoring a deleted account', async () => {
      const { email, accountId } = await person();
      await server.connected.deletions.delete({ accountId, locale: 'en' });
      await begin(walk);
      await signIn(walk.page, email);
      await walk.page.waitForSelector('form[action$="/restore"]');
      await expectStable(walk, 'restore');
      await send(walk.page, '$="/restore"');
      await allow(walk);
    });

    it('signing in at the own pages, adding an address and confirming it', async () => {
      const { page } = walk;
      const { email } = await person();
      await page.goto(`${server.url}/account/emails/add`);
      await expectStable(walk, 'console sign-in');
      await signIn(page, email);
      await page.waitForURL('**/account/emails/add');
      await expectStable(walk, 'add an address');
      const added = nextEmail();
      await send(page, '$="/add"', { value: added });
      await expectStable(walk, 'confirm the address');
      await send(page, '$="/confirm"', { code: '0' });
      await expectStable(walk, 'a wrong code');
      await send(page, '$="/confirm"', { code: await codeFor(server.connected, added) });
      expect(new URL(page.url()).pathname).to.equal('/account');
      await expectStable(walk, 'profile');
    });

    it('prompt=login, max_age and select_account', async () => {
      const { page } = walk;
      const { email } = await person();
      await begin(walk);
      await signIn(page, email);
      await allow(walk);
      for (const extra of [{ prompt: 'login' }, { max_age: '0' }]) {
        clock.advance(2);
        await begin(walk, extra);
        await page.waitForSelector('input[name=password]');
        await expectStable(walk, JSON.stringify(extra));
        await signIn(page, email);
        await expectAtApp(walk);
      }
      await begin(walk, { prompt: 'select_account' });
      await expectStable(walk, 'choose');
      await send(page, '$="/choose"');
      await expectAtApp(walk);
    });

    it('two attempts at once both arrive at the app', async () => {
      const { email } = await person();
      const other: Page = await walk.context.newPage();
      await begin(walk);
      await begin({ ...walk, page: other });
      await signIn(other, email);
      await other.waitForSelector('button[value=allow]');
      await signIn(walk.page, email);
      await walk.page.waitForSelector('button[value=allow]');
      await other.click('button[value=allow]');
      await expectAtApp({ page: other, redirectUri });
      // The app is connected by now, which the page has to show before the person decides.
      await walk.page.click('button[value=allow]');
      await walk.page.waitForSelector('button[value=keep]');
      await walk.page.click('button[value=allow]');
      await expectAtApp(walk);
    });

    it('going back after the answer shows that it was given, and leads on', async () => {
      const { email, accountId } = await person();
      await begin(walk);
      await signIn(walk.page, email);
      await walk.page.waitForSelector('button[value=allow]');
      await walk.page.click('button[value=allow]');
      await expectAtApp(walk);
      await walk.page.goBack();
      expect(await walk.page.textContent('h1')).to.include('already answered');
      expect(await walk.page.getAttribute('main a.button-primary', 'href')).to.include(
        landing.origin,
      );
      await walk.page.click('main a.button-secondary');
      expect(new URL(walk.page.url()).pathname).to.equal(`/account/apps/${app.clientId}`);
      expect(
        await server.connected.consents.find({ accountId, clientId: app.clientId }),
      ).to.not.equal(null);
    });

    it('a sign-in that has expired begins again by itself, at the app and at the own pages', async () => {
      const { email } = await person();
      await begin(walk);
      const { pathname } = new URL(walk.page.url());
      clock.advance(3_600);
      await signIn(walk.page, email);
      await walk.page.waitForSelector('button[value=allow]');
      await walk.context.clearCookies({ name: 'consentry-session' });
      await walk.page.goto(`${server.url}/account/security`);
      const own = new URL(walk.page.url()).pathname;
      clock.advance(8_000);
      await walk.page.goto(`${server.url}${pathname}`);
      expect(new URL(walk.page.url()).pathname).to.not.equal(pathname);
      await walk.page.goto(`${server.url}${own}/sign-in`);
      await signIn(walk.page, email);
      expect(new URL(walk.page.url()).pathname).to.equal('/account/security');
    });
  });
}
