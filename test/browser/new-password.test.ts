import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';

import { axeFindings } from '../support/browser/axe.ts';
import { launchBrowser } from '../support/browser/browser.ts';
import { openWatchedPage, type WatchedPage } from '../support/browser/watched-page.ts';
import { createPerson, type TestPerson } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { cookiesOf } from './page-scene.ts';

const VERDICT = '.password-verdict';
const ADDRESS = 'marina.petrova@shipyard.example';

describe('A field for a new password', function () {
  this.timeout(90_000);
  let server: TestServer;
  let browser: Browser;
  let person: TestPerson;

  before(async () => {
    server = await startTestServer();
    person = await createPerson(server.connected, { email: 'ana@example.org' });
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  async function openRegistration(options: object = {}): Promise<WatchedPage> {
    const watched = await openWatchedPage(browser, options);
    await watched.page.goto(server.url);
    await watched.page.click('a[href*="register"], a[href*="prompt=create"]');
    await watched.page.waitForSelector('input[name=password]');
    return watched;
  }
  /** The verdict after the pause, for a text that was typed. */
  async function verdictOf(page: Page, text: string): Promise<string> {
    await page.locator(VERDICT).evaluate((node) => (node.textContent = ''));
    await page.fill('input[autocomplete=new-password]', text);
    await page.locator(VERDICT).filter({ hasText: /\S/ }).waitFor();
    return (await page.locator(VERDICT).textContent()) ?? '';
  }

  it('names the rule that a typed password breaks, and sends nothing (6.2.11, 6.2.12)', async () => {
    const { page, context, browserErrors } = await openRegistration();
    await page.fill('input[name=email]', ADDRESS);
    const requests: string[] = [];
    page.on('request', (request) =>
      requests.push(`${request.method()} ${new URL(request.url()).pathname}`),
    );
    const verdicts: readonly (readonly [string, RegExp, string])[] = [
      ['tern', /^Too short: 4 of at least 15 characters\.$/, 'refused'],
      ['Sunshine!!!!!2024', /known password/, 'refused'],
      ['qwertyuiopasdfgh', /known password/, 'refused'],
      ['the old shipyard gate', /e-mail address/, 'refused'],
      ['mends the clocks', /^Good/, 'good'],
      ['violet anchor mends the slow clock', /^Strong/, 'strong'],
      ['ab3 d'.repeat(30), /at most 128/, 'refused'],
    ];
    for (const [text, words, level] of verdicts) {
      expect(await verdictOf(page, text), text).to.match(words);
      expect(await page.getAttribute('[data-password-check]', 'data-level'), text).to.equal(level);
    }
    expect(requests.map((line) => line.replace(/\.[0-9a-f]+\./, '.')).toSorted()).to.deep.equal([
      'GET /assets/common-passwords.pwlist',
      'GET /assets/password-list.js',
      'GET /assets/password-rules.js',
    ]);
    expect(browserErrors).to.deep.equal([]);
    await context.close();
  });

  it('announces the verdict politely, and describes the field with it', async () => {
    const { page, context } = await openRegistration();
    expect(await page.getAttribute(VERDICT, 'aria-live')).to.equal('polite');
    const described = await page.getAttribute('input[name=password]', 'aria-describedby');
    expect(described?.split(' ')).to.include('password-verdict').and.to.include('password-hint');
    await verdictOf(page, 'tern');
    expect(await axeFindings(page)).to.deep.equal([]);
    await context.close();
  });

  it('is checked again when the address is entered after the password', async () => {
    const { page, context } = await openRegistration();
    expect(await verdictOf(page, 'works at the shipyard')).to.match(/^Strong/);
    await page.fill('input[name=email]', ADDRESS);
    await page.locator(VERDICT).filter({ hasText: 'e-mail address' }).waitFor();
    await context.close();
  });

  it('takes a paste, hides the text until it is shown, and names its purpose for password managers (6.2.6, 6.2.7)', async () => {
    const { page, context } = await openRegistration({
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const input = page.locator('input[name=password]');
    expect(await input.getAttribute('type')).to.equal('password');
    expect(await input.getAttribute('autocomplete')).to.equal('new-password');
    expect(await input.getAttribute('maxlength')).to.equal(null);
    await page.evaluate('navigator.clipboard.writeText("pasted from a password manager")');
    await input.focus();
    await page.keyboard.press('ControlOrMeta+V');
    expect(await input.inputValue()).to.equal('pasted from a password manager');
    await page.locator(VERDICT).filter({ hasText: 'Strong' }).waitFor();
    await page.click('button.reveal');
    expect(await input.getAttribute('type')).to.equal('text');
    await context.close();
  });

  it('is on the page of a signed-in person, in Russian too', async () => {
    const { page, context } = await openWatchedPage(browser, { locale: 'ru-RU' });
    await context.addCookies(await cookiesOf(server, person));
    await page.goto(`${server.url}/account/security/password`);
    expect(await verdictOf(page, 'кот')).to.equal(
      'Слишком коротко: символов 3, а нужно не меньше 15.',
    );
    expect(await verdictOf(page, 'шторм качает старый маяк')).to.match(/^Надёжный/);
    await context.close();
  });

  it('checks the other rules when the list cannot be loaded, and does not claim more', async () => {
    const { page, context } = await openWatchedPage(browser);
    await page.route('**/*.pwlist', (route) => route.abort());
    await page.goto(server.url);
    await page.click('a[href*="register"], a[href*="prompt=create"]');
    expect(await verdictOf(page, 'tern')).to.match(/^Too short/);
    expect(await verdictOf(page, 'Sunshine!!!!!2024')).to.match(/^It fits the rules so far\./);
    await context.close();
  });

  it('is a plain field without scripts, and the server names the broken rule', async () => {
    const { page, context } = await openRegistration({ javaScriptEnabled: false });
    expect(await page.locator('[data-password-check]').isVisible()).to.equal(false);
    await page.fill('input[name=email]', ADDRESS);
    await page.fill('input[name=password]', 'short');
    await page.click('form[action$="/register"] button[type=submit]');
    expect(await page.textContent('#password-error')).to.include('Use at least 15 characters.');
    await context.close();
  });
});
