import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';

import { launchBrowser } from '../support/browser/browser.ts';
import { excessWidth } from '../support/browser/excess-width.ts';
import { openWatchedPage } from '../support/browser/watched-page.ts';
import { PSEUDO_BIDI_LOCALE, writePseudoLanguage } from '../support/pseudo-language.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { preparePages, type PageVisit } from './all-pages.ts';
import { cookiesOf } from './page-scene.ts';

/** Pages of the flow, and one of a person. */
const SHOWN = [
  'consent',
  'consent, something missing',
  'sign in as a different person',
  '/account',
];

describe('A language that is written from right to left, in a folder of the operator', function () {
  this.timeout(120_000);
  let folder: string;
  let server: TestServer;
  let browser: Browser;
  let visits: readonly PageVisit[];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'texts-'));
    writePseudoLanguage(folder, PSEUDO_BIDI_LOCALE);
    server = await startTestServer({ config: { pages: { textsFolder: folder } } });
    visits = (await preparePages(server)).filter(({ name }) => SHOWN.includes(name));
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const open = async (visit: PageVisit, width: number): Promise<Page> => {
    const { page, context } = await openWatchedPage(browser, {
      locale: PSEUDO_BIDI_LOCALE,
      viewport: { width, height: 844 },
    });
    await context.addCookies(await cookiesOf(server, visit.person));
    await visit.open(page);
    return page;
  };

  for (const width of [390, 1280]) {
    it(`turns the whole page at ${String(width)} px, and everything fits`, async () => {
      expect(visits.map(({ name }) => name).toSorted()).to.deep.equal(SHOWN.toSorted());
      for (const visit of visits) {
        const page = await open(visit, width);
        const html = page.locator('html');
        expect(await html.getAttribute('dir'), visit.name).to.equal('rtl');
        expect(await excessWidth(page), visit.name).to.equal('');
        await page.context().close();
      }
    });
  }

  it('has the icon of a row at the right, its control at the left, and addresses from left to right', async () => {
    const consent = visits.find(({ name }) => name === 'consent');
    if (consent === undefined) throw new Error('no consent page');
    const page = await open(consent, 390);
    const xOf = async (selector: string): Promise<number> =>
      (await page.locator(selector).first().boundingBox())?.x ?? Number.NaN;
    expect(await xOf('.ask .item-icon')).to.be.greaterThan(await xOf('.ask .ask-body'));
    expect(await xOf('.ask .ask-body')).to.be.greaterThan(await xOf('.ask .switch-choice'));
    await page.context().close();
    const signIn = visits.find(({ name }) => name === 'sign in as a different person');
    if (signIn === undefined) throw new Error('no sign-in page');
    const other = await open(signIn, 390);
    expect(await other.locator('.typed-name-value').getAttribute('dir')).to.equal('ltr');
    await other.context().close();
  });
});
