import { expect } from 'chai';
import type { Browser } from 'playwright-core';

import { pageRoute, render } from '../../src/http/routing/page-route.ts';
import { axeFindings } from '../support/browser/axe.ts';
import { launchBrowser } from '../support/browser/browser.ts';
import { excessWidth } from '../support/browser/excess-width.ts';
import { sampleOf } from '../support/browser/page-samples.ts';
import { loadPages } from './load-pages.ts';
import { openApp, type OpenApp } from './open-app.ts';

const LOOKS = [
  { width: 390, theme: 'light', locale: 'ru', rules: 'all' },
  { width: 1280, theme: 'dark', locale: 'en-GB', rules: 'look' },
] as const;

describe('Every page with its sample, in a real browser', function () {
  this.timeout(240_000);
  let app: OpenApp;
  let browser: Browser;
  let paths: readonly string[];
  before(async () => {
    const pages = await loadPages();
    const own = pages.filter(({ template }) => !/^(?:design-guide|mail)\//.test(template));
    const routes = own.map((page) =>
      pageRoute({
        method: 'get',
        path: `/sample/${page.template}`,
        access: 'public',
        handle: async () => render(page, sampleOf(page)),
      }),
    );
    paths = routes.map(({ path }) => path);
    app = await openApp({ routes, settings: { issuer: 'http://127.0.0.1' } });
    browser = await launchBrowser();
  });
  after(async () => {
    await browser.close();
    await app.close();
  });

  for (const { width, theme, locale, rules } of LOOKS) {
    it(`has no axe finding and no horizontal scrolling at ${String(width)} px, ${theme}, ${locale}`, async () => {
      const findings: string[] = [];
      const context = await browser.newContext({
        viewport: { width, height: 900 },
        colorScheme: theme,
        locale,
        reducedMotion: 'reduce',
      });
      // A page that submits its form by script would leave before it is examined.
      await context.addInitScript('HTMLFormElement.prototype.submit = () => undefined');
      const page = await context.newPage();
      for (const path of paths) {
        await page.goto(`${app.url}${path}`);
        const excess = await excessWidth(page);
        if (excess !== '') findings.push(`${path} is too wide: ${excess}`);
        findings.push(
          ...(await axeFindings(page, { rules })).map((finding) => `${path} ${finding}`),
        );
      }
      await context.close();
      expect(findings.join('\n')).to.equal('');
    });
  }
});
