import { expect } from 'chai';
import type { Browser, CDPSession, Page } from 'playwright-core';

import { launchBrowser } from '../support/browser/browser.ts';
import { fillSignIn } from '../support/browser/fill-sign-in.ts';
import { openWatchedPage, type WatchedPage } from '../support/browser/watched-page.ts';
import { createPerson, type TestPerson } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';

/** A window whose browser has an authenticator of the device, which Chromium simulates. */
interface Window extends WatchedPage {
  readonly device: CDPSession;
  readonly authenticatorId: string;
}

describe('Passkeys in a real browser', function () {
  this.timeout(90_000);
  let server: TestServer;
  let browser: Browser;
  let person: TestPerson;
  let window: Window;

  before(async () => {
    server = await startTestServer();
    browser = await launchBrowser();
  });
  beforeEach(async () => {
    person = await createPerson(server.connected);
    window = await openWindow();
  });
  afterEach(async () => {
    expect(window.browserErrors).to.deep.equal([]);
    await window.context.close();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  async function openWindow(): Promise<Window> {
    const watched = await openWatchedPage(browser);
    const device = await watched.context.newCDPSession(watched.page);
    await device.send('WebAuthn.enable');
    const { authenticatorId } = await device.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: false,
      },
    });
    return { ...watched, device, authenticatorId };
  }

  /** The person touches the device, or does not. While it is on, the browser also fills a passkey in by itself. */
  const setPresence = (enabled: boolean) =>
    window.device.send('WebAuthn.setAutomaticPresenceSimulation', {
      authenticatorId: window.authenticatorId,
      enabled,
    });
  const at = (path: string) => `${server.url}${path}`;
  const signOut = () =>
    server.connected.db.transaction((tx) => server.connected.sessions.endAll(tx, person));

  /** Signs in with the password and answers the offer of a passkey. */
  async function signIn(page: Page, path: string): Promise<void> {
    await page.goto(at(path));
    await fillSignIn(page, person);
    await page.getByRole('button', { name: 'Not now' }).click();
    await page.waitForURL(at(path));
  }

  async function addPasskey(page: Page): Promise<void> {
    await signIn(page, '/account/security/passkeys/add');
    await setPresence(true);
    await page.getByRole('button', { name: 'Create a passkey' }).click();
    await page.waitForURL(at('/account/security'));
    await setPresence(false);
  }

  /** A browser that does not fill passkeys in. */
  const withoutAutofill = (page: Page) =>
    page.addInitScript('PublicKeyCredential.isConditionalMediationAvailable = async () => false');

  it('are created, sign in without a name by the button, and are removed', async () => {
    const { page } = window;
    await withoutAutofill(page);
    await addPasskey(page);
    expect(await page.textContent('main')).to.include('The passkey is ready');
    await signOut();
    await page.goto(at('/account/security'));
    await page.waitForSelector('form[data-passkey]:not([hidden])');
    await setPresence(true);
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.waitForURL(at('/account/security'));
    await setPresence(false);
    await page.getByRole('link', { name: /^Remove/ }).click();
    await page.getByRole('button', { name: 'Remove the passkey' }).click();
    await page.waitForURL(at('/account/security'));
    const { accountId } = person;
    expect(await server.connected.authentication.listPasskeys({ accountId })).to.deep.equal([]);
  });

  it('are filled in by the browser, without pressing a button', async () => {
    const { page } = window;
    await addPasskey(page);
    await signOut();
    await setPresence(true);
    await page.goto(at('/account'));
    await page.waitForURL(at('/account'));
  });

  it('are a second step after a password when the person requires it', async () => {
    const { page } = window;
    await addPasskey(page);
    await page.goto(at('/account/security/second-step'));
    await page.getByRole('button', { name: 'Require it' }).click();
    await page.waitForURL(at('/account/security/recovery-codes'));
    await signOut();
    await page.goto(at('/account'));
    await fillSignIn(page, person);
    await page.waitForURL(/\/second-step\/passkey$/);
    await setPresence(true);
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await page.waitForURL(at('/account'));
  });

  it('are offered once after a password, and created there; the sign-in continues', async () => {
    const { page } = window;
    await page.goto(at('/account/security'));
    await fillSignIn(page, person);
    await page.waitForURL(/\/passkey-offer$/);
    await setPresence(true);
    await page.getByRole('button', { name: 'Create a passkey' }).click();
    await page.waitForURL(at('/account/security'));
    const { accountId } = person;
    expect(await server.connected.authentication.listPasskeys({ accountId })).to.have.length(1);
  });

  it('explain on the page that the person or the device refused (6.5.7)', async () => {
    const { page, device, authenticatorId } = window;
    await withoutAutofill(page);
    await addPasskey(page);
    await signOut();
    await page.goto(at('/account'));
    await page.waitForSelector('form[data-passkey]:not([hidden])');
    await device.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
    await setPresence(true);
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.getByText('No passkey was used').waitFor();
    expect(new URL(page.url()).pathname).to.match(/\/sign-in$|^\/interaction\/[\w-]+$/);
  });
});
