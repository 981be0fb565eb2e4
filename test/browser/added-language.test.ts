import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';

import { launchBrowser } from '../support/browser/browser.ts';
import { excessWidth } from '../support/browser/excess-width.ts';
import { openWatchedPage } from '../support/browser/watched-page.ts';
import { PSEUDO_LOCALE, pseudoText, writePseudoLanguage } from '../support/pseudo-language.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { preparePages, type PageVisit } from './all-pages.ts';
import { cookiesOf } from './page-scene.ts';

/** Letters that only the pseudo-language has. */
const ACCENTS = /[àáéêïîôóúûýŷ]/i;
/** Pages for programmers, whose text is that of the API document and of the outbox. */
const UNTRANSLATED = /^\/(?:docs|outbox)/;

/** A language that is not part of the server: texts in a folder of the operator, each 40 % longer than in English. */
describe('A language in a folder of the operator', function () {
  this.timeout(300_000);
  let folder: string;
  let server: TestServer;
  let browser: Browser;
  let visits: readonly PageVisit[];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'texts-'));
    writePseudoLanguage(folder);
    server = await startTestServer({ config: { pages: { textsFolder: folder } } });
    visits = await preparePages(server);
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is offered by discovery and by the switch of the pages', async () => {
    const discovery = await fetch(`${server.url}/.well-known/openid-configuration`);
    expect(await discovery.json()).to.deep.include({
      ui_locales_supported: ['en', PSEUDO_LOCALE, 'ru'],
    });
    const { page, context } = await openWatchedPage(browser);
    await page.goto(server.url);
    await page.locator(`button[name=locale][value=${PSEUDO_LOCALE}]`).click();
    expect(await page.locator('html').getAttribute('lang')).to.equal(PSEUDO_LOCALE);
    await context.close();
  });

  it('is shown on every page, and every page fits a narrow window', async () => {
    expect(visits.length).to.be.greaterThan(60);
    const findings: string[] = [];
    for (const group of Map.groupBy(visits, ({ person }) => person).values()) {
      const { page, context, browserErrors } = await openWatchedPage(browser, {
        locale: PSEUDO_LOCALE,
        viewport: { width: 390, height: 844 },
      });
      await context.addCookies(await cookiesOf(server, group[0]?.person ?? null));
      for (const visit of group) {
        await visit.open(page);
        findings.push(...(await problemsOf(page)).map((problem) => `${visit.name}: ${problem}`));
      }
      // Error pages have a 4xx status, which the browser logs.
      findings.push(...browserErrors.filter((text) => !/status of 4\d\d/.test(text)));
      await context.close();
    }
    expect(findings.join('\n')).to.equal('');
  });

  it('is used for mails and for the words that a person types', async () => {
    const { page, context } = await openWatchedPage(browser, { locale: PSEUDO_LOCALE });
    const email = 'reader@added-language.example';
    await page.goto(`${server.url}/account`);
    await page.locator('a[href$="/register"]').click();
    await page.locator('input[name=email]').fill(email);
    const password = page.locator('input[name=password]');
    if ((await password.count()) > 0) await password.fill('seven herons over a slow river');
    await page.locator('form[action$="/register"] button[type=submit]').click();
    await page.locator('input[name=code]').waitFor();
    const outbox = await context.newPage();
    await outbox.goto(`${server.url}/outbox`);
    const text = await outbox.locator('body').innerText();
    expect(text).to.include(email);
    expect(text).to.match(new RegExp(pseudoText('code')));
    await context.close();
  });

  /** Texts without an accent where every text is translated, and elements that do not fit at 390 and 320 px. */
  async function problemsOf(page: Page): Promise<string[]> {
    const found: string[] = [];
    const path = new URL(page.url()).pathname;
    if (!UNTRANSLATED.test(path)) {
      const lang = await page.locator('html').getAttribute('lang');
      if (lang !== PSEUDO_LOCALE) found.push(`is in ${String(lang)}`);
      for (const text of await page.locator('main button:visible').allInnerTexts())
        if (/\w{3}/.test(text) && !ACCENTS.test(text)) found.push(`has the button “${text}”`);
    }
    for (const width of [390, 320]) {
      await page.setViewportSize({ width, height: 844 });
      const excess = await excessWidth(page);
      if (excess !== '') found.push(`at ${String(width)} px too wide: ${excess}`);
    }
    await page.setViewportSize({ width: 390, height: 844 });
    return found;
  }
});
