import { expect } from 'chai';
import type { Browser } from 'playwright-core';

import { axeFindings } from '../support/browser/axe.ts';
import { launchBrowser } from '../support/browser/browser.ts';
import { excessWidth } from '../support/browser/excess-width.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';

describe('The documentation of the API', function () {
  this.timeout(120_000);
  let server: TestServer;
  let browser: Browser;
  before(async () => {
    server = await startTestServer();
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`has readable colours in ${colorScheme}, also with an open operation, its schema and the tokens`, async () => {
      const context = await browser.newContext({
        colorScheme,
        viewport: { width: 390, height: 844 },
      });
      const page = await context.newPage();
      await page.goto(`${server.url}/docs`);
      for (const method of ['get', 'post', 'delete']) {
        await page.locator(`.opblock-${method} .opblock-summary`).first().click();
        await page.locator(`.opblock-${method} .opblock-body`).first().waitFor();
      }
      const look = { rules: 'look', swagger: 'kept' } as const;
      const operation = page.locator('.opblock-post:has([data-path="/api/v1/scopes"])');
      await operation.locator('.opblock-summary-control').click();
      await operation.getByText('Schema', { exact: true }).first().click();
      await operation.locator('.json-schema-2020-12__constraint').first().waitFor();
      expect(await axeFindings(page, look)).to.deep.equal([]);
      expect(await excessWidth(page)).to.equal('');
      await page.locator('.btn.authorize').click();
      await page.locator('.dialog-ux h3').waitFor();
      expect(await axeFindings(page, look)).to.deep.equal([]);
      const [ground, ink] = (await page.evaluate(
        "['background-color', 'color'].map((name) => getComputedStyle(document.querySelector('.opblock')).getPropertyValue(name))",
      )) as [string, string];
      expect(ground).not.to.equal(ink);
      await context.close();
    });
  }

  it('has headings without a gap between their levels', async () => {
    const page = await browser.newPage();
    await page.goto(`${server.url}/docs`);
    await page.locator('.opblock-get .opblock-summary').first().click();
    await page.locator('.opblock-get .opblock-body h4').first().waitFor();
    const findings = await axeFindings(page, { swagger: 'kept' });
    expect(findings.filter((finding) => finding.includes('heading'))).to.deep.equal([]);
    await page.close();
  });
});
