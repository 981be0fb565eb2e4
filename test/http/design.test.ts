import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';

import { axeFindings } from '../support/browser/axe.ts';
import { launchBrowser } from '../support/browser/browser.ts';
import { openApp, type OpenApp } from './open-app.ts';

const PAGES = ['/design', '/docs', '/nothing'];
const WIDTHS = [390, 1280];

describe('The design in a real browser', function () {
  this.timeout(90_000);
  let app: OpenApp;
  let browser: Browser;
  before(async () => {
    app = await openApp({ settings: { issuer: 'http://127.0.0.1' } });
    browser = await launchBrowser();
  });
  after(async () => {
    await browser.close();
    await app.close();
  });

  const open = async (
    path: string,
    options: { width?: number; theme?: 'light' | 'dark'; locale?: string; isPlain?: boolean },
  ): Promise<Page> => {
    const context = await browser.newContext({
      viewport: { width: options.width ?? 1280, height: 900 },
      colorScheme: options.theme ?? 'light',
      locale: options.locale ?? 'en-GB',
      javaScriptEnabled: options.isPlain !== true,
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    await page.goto(`${app.url}${path}`);
    return page;
  };

  for (const theme of ['light', 'dark'] as const) {
    for (const width of WIDTHS) {
      it(`has no axe finding in ${theme} at ${String(width)} px`, async () => {
        const findings: string[] = [];
        for (const path of PAGES) {
          const page = await open(path, { width, theme });
          findings.push(...(await axeFindings(page)).map((finding) => `${path} ${finding}`));
          await page.context().close();
        }
        expect(findings).to.deep.equal([]);
      });
    }
  }

  for (const [width, locale] of [
    [320, 'ru'],
    [390, 'en-GB'],
    [640, 'ru'],
  ] as const) {
    it(`needs no horizontal scrolling at ${String(width)} px in ${locale}`, async () => {
      for (const path of PAGES) {
        const page = await open(path, { width, locale });
        const excess = await page.evaluate(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        expect(excess, path).to.equal(0);
        await page.context().close();
      }
    });
  }

  it('causes no content policy violation, and loads its fonts', async () => {
    const page = await open('/nothing', {});
    const problems: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    for (const path of PAGES.filter((name) => name !== '/nothing')) {
      await page.goto(`${app.url}${path}`, { waitUntil: 'networkidle' });
    }
    const fonts = await page.evaluate('document.fonts.check("16px Golos")');
    await page.context().close();
    expect(problems).to.deep.equal([]);
    expect(fonts).to.equal(true);
  });

  it('has interactive elements of at least 24 px', async () => {
    const page = await open('/design', { width: 390 });
    const small =
      await page.evaluate(`[...document.querySelectorAll('a, button, input:not([type=hidden]), select, summary')]
      .filter((element) => element.checkVisibility() && getComputedStyle(element).display !== 'inline')
      .map((element) => [element.closest('label') ?? element, element])
      .filter(([target]) => { const { width, height } = target.getBoundingClientRect(); return width < 24 || height < 24; })
      .map(([, element]) => element.outerHTML.slice(0, 80))
      .filter((html) => !html.includes('class="skip"'))`);
    await page.context().close();
    expect(small).to.deep.equal([]);
  });

  it('remembers a chosen theme without scripts, and prints it light', async () => {
    const page = await open('/docs', { isPlain: true });
    await page.click('button[value="dark"]');
    await page.waitForURL('**/docs');
    const theme = await page.getAttribute('html', 'data-theme');
    await page.emulateMedia({ media: 'print' });
    const scheme = await page.evaluate('getComputedStyle(document.documentElement).colorScheme');
    await page.context().close();
    expect(theme).to.equal('dark');
    expect(scheme).to.equal('light');
  });

  it('shows and hides a password, and filters a list while typing', async () => {
    const page = await open('/design', {});
    await page.click('.reveal');
    expect(await page.getAttribute('#password', 'type')).to.equal('text');
    await page.fill('#q', 'maximil');
    expect(await page.locator('#apps tbody tr:visible').count()).to.equal(1);
    await page.fill('#q', 'nothing like this');
    expect(await page.locator('#apps-status').textContent()).to.equal('No matches');
    await page.context().close();
  });

  it('shows times in the time zone of the browser, and the server writes them so from the second page', async () => {
    const context = await browser.newContext({ timezoneId: 'Asia/Kathmandu', locale: 'en-GB' });
    const page = await context.newPage();
    const first = await page.goto(`${app.url}/design`);
    expect(await first?.text()).to.match(/<time[^>]*>[^<]* UTC</);
    const shown = await page.locator('.timeline-time').first().textContent();
    const second = await page.goto(`${app.url}/design`);
    const html = (await second?.text()) ?? '';
    await context.close();
    expect(html).not.to.match(/<time[^>]*>[^<]* UTC</);
    expect(html).to.include(`>${shown ?? ''}</time>`);
  });

  it('has a skip link as the first keyboard target', async () => {
    const page = await open('/design', {});
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.className')).to.equal('skip');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).to.equal('main');
    await page.context().close();
  });
});
