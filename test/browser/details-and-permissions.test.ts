import { expect } from 'chai';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

import { axeFindings } from '../support/browser/axe.ts';
import { excessWidth } from '../support/browser/excess-width.ts';
import { launchBrowser } from '../support/browser/browser.ts';
import { openWatchedPage } from '../support/browser/watched-page.ts';
import { createPerson, type TestPerson } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { cookiesOf } from './page-scene.ts';

const NAME = 'The Bookshop of Maximiliane Wolkenstein-Trostburg and Co';

const OTHER_PAGES = [
  '',
  '/settings',
  '/secrets',
  '/logo',
  '/code',
  '/preview',
  '/failed-requests',
  '/suspend',
  '/delete',
];

describe('The page "Details and permissions" in a real browser', function () {
  this.timeout(120_000);
  let server: TestServer;
  let browser: Browser;
  let developer: TestPerson;
  let path: string;

  before(async () => {
    server = await startTestServer();
    browser = await launchBrowser();
    developer = await createPerson(server.connected);
    const { client } = await server.connected.clients.create({
      ownerAccountId: developer.accountId,
      applicationType: 'web',
      name: NAME,
      redirectUris: ['https://shop.example/callback'],
      scopes: ['openid', 'email'],
      requests: [
        {
          claim: 'email',
          necessity: 'essential',
          purpose: { en: 'To send your order', ru: 'Чтобы отправить заказ' },
          longestDuration: '1_year',
        },
      ],
    });
    path = `/developer/apps/${client.id}/permissions`;
  });
  after(async () => {
    await browser.close();
    await server.stop();
  });

  async function open(options: BrowserContextOptions = {}) {
    const opened = await openWatchedPage(browser, {
      viewport: { width: 1280, height: 900 },
      locale: 'en-GB',
      ...options,
    });
    await opened.context.addCookies(await cookiesOf(server, developer));
    await opened.page.goto(`${server.url}${path}`);
    return opened;
  }

  const choose = (page: Page, claim: string, necessity: string) =>
    page.locator(`input[name=necessity_${claim}][value=${necessity}]`).check();
  const openGroups = (page: Page) =>
    page.evaluate(
      `for (const group of document.querySelectorAll('.detail-group')) group.open = true`,
    );
  const rows = (page: Page) => page.locator('#example .ask').count();

  it('shows the consent page for each change, announces it, and saves nothing', async () => {
    const { page, context, browserErrors } = await open();
    expect(await rows(page)).to.equal(1);
    expect(await page.locator('[formaction]').isVisible()).to.equal(false);
    await openGroups(page);
    await choose(page, 'birthdate', 'voluntary');
    await page.locator('#example .ask').nth(1).waitFor();
    expect(await page.locator('#scope-value code').textContent()).to.equal('openid profile email');
    expect(await page.locator('#asked-count').textContent()).to.equal('2 asked for');
    expect(await page.locator('[data-count=about]').textContent()).to.equal('1 asked for');
    expect(await page.locator('#example-status').textContent()).to.include('shows your changes');
    await page.locator('[id="purpose_birthdate.en"]').fill('To greet you on your birthday');
    await page.locator('#example').getByText('To greet you on your birthday').waitFor();
    await page.locator('#exampleLocale').selectOption('ru');
    await page.locator('#example').getByText('Чтобы отправить заказ').waitFor();
    // The form is unchanged, and so is the place of the keyboard.
    expect(await page.evaluate('document.activeElement.id')).to.equal('purpose_birthdate.en');
    await page.reload();
    expect(await rows(page)).to.equal(1);
    expect(browserErrors).to.deep.equal([]);
    await context.close();
  });

  it('shows the reason and the time only for a detail that is requested', async () => {
    for (const javaScriptEnabled of [true, false]) {
      const { page, context } = await open({ javaScriptEnabled });
      const more = page.locator('.detail:has([name=necessity_phone_number]) .detail-more');
      expect(await more.isVisible(), String(javaScriptEnabled)).to.equal(false);
      await choose(page, 'phone_number', 'voluntary');
      expect(await more.isVisible(), String(javaScriptEnabled)).to.equal(true);
      await context.close();
    }
  });

  it('does the same by a button without scripts', async () => {
    const { page, context } = await open({ javaScriptEnabled: false });
    expect(await page.locator('#detail-search').isVisible()).to.equal(false);
    await choose(page, 'phone_number', 'essential');
    await page.locator('[id="purpose_phone_number.en"]').fill('To call you');
    await page.getByRole('button', { name: 'Update the example' }).click();
    expect(await rows(page)).to.equal(2);
    expect(await page.locator('#example').isVisible()).to.equal(true);
    expect(await page.locator('[id="purpose_phone_number.en"]').inputValue()).to.equal(
      'To call you',
    );
    await page.goBack();
    expect(new URL(page.url()).pathname).to.equal(path);
    await context.close();
  });

  it('finds a detail by its name, and opens its part of the list', async () => {
    const { page, context } = await open();
    const search = page.locator('#detail-search');
    await search.fill('time zone');
    expect(await page.locator('.detail:visible').count()).to.equal(1);
    expect(await page.locator('input[name=necessity_zoneinfo]').first().isEnabled()).to.equal(true);
    // The Enter key saves nothing.
    await search.press('Enter');
    expect(new URL(page.url()).pathname).to.equal(path);
    expect(await page.locator('.flash').count()).to.equal(0);
    await search.fill('');
    expect(await page.locator('.detail-group:visible').count()).to.be.greaterThan(3);
    await context.close();
  });

  it('is complete by the keyboard, which never enters the example', async () => {
    const { page, context } = await open();
    await openGroups(page);
    await page.evaluate(`document.querySelector('.detail-more:not([open])').open = true`);
    const stops = new Set<string>();
    for (let count = 0; count < 200; count += 1) {
      await page.keyboard.press('Tab');
      const place = String(
        await page.evaluate(`(() => {
          const element = document.activeElement;
          const inside = element.closest('#example');
          return inside && element.id !== 'example' ? 'inside' : element.id || element.name || element.textContent.trim();
        })()`),
      );
      stops.add(place);
      if (place === 'example') break;
    }
    expect([...stops]).not.to.include('inside');
    expect([...stops]).to.include.members([
      'necessity_email',
      'purpose_email.en',
      'duration_email',
      'necessity_zoneinfo',
      'permission-offline_access',
      'Save',
      'exampleLocale',
      'example',
    ]);
    await context.close();
  });

  it('keeps every tab completely in view at every width', async () => {
    for (const width of [320, 390, 768, 1280]) {
      const { page, context } = await open({ viewport: { width, height: 844 } });
      for (const tail of ['', '/settings', '/code', '/failed-requests']) {
        await page.goto(`${server.url}${path.replace('/permissions', tail)}`);
        const tabs = await page.locator('.tabs a').all();
        expect(tabs.length).to.be.greaterThan(7);
        for (const tab of tabs) {
          const { x = -1, width: wide = 0 } = (await tab.boundingBox()) ?? {};
          const name = `${(await tab.textContent()) ?? ''} at ${tail}, ${String(width)} px`;
          expect(x, name).to.be.at.least(0);
          expect(x + wide, name).to.be.at.most(width);
        }
      }
      await context.close();
    }
  });

  it('folds the reasons that are written, and in a narrow window the example', async () => {
    for (const javaScriptEnabled of [true, false]) {
      const phone = { viewport: { width: 390, height: 844 }, javaScriptEnabled };
      const { page, context } = await open(phone);
      const reason = page.locator('[id="purpose_email.en"]');
      expect(await reason.isVisible()).to.equal(false);
      await page.locator('.detail:has([name=necessity_email]) .detail-more > summary').click();
      expect(await reason.isVisible()).to.equal(true);
      expect(await page.locator('#example').isVisible()).to.equal(false);
      await page.locator('.access-example-fold > summary').click();
      expect(await page.locator('#example').isVisible()).to.equal(true);
      await page.setViewportSize({ width: 1280, height: 900 });
      await page.reload();
      expect(await page.locator('#example').isVisible()).to.equal(true);
      expect(await page.locator('.access-example-fold > summary').isVisible()).to.equal(false);
      await context.close();
    }
  });

  it('has a footer that ends where the content ends', async () => {
    const { page, context } = await open();
    for (const [tail, content] of [
      ['/permissions', '.access'],
      ['/secrets', '.table-frame'],
      ['', '.checklist'],
    ] as const) {
      await page.goto(`${server.url}${path.replace('/permissions', tail)}`);
      const rightOf = async (selector: string) => {
        const { x, width } = (await page.locator(selector).first().boundingBox()) ?? {};
        return (x ?? 0) + (width ?? 0);
      };
      expect(await rightOf('.console-footer'), tail).to.be.closeTo(await rightOf(content), 1);
    }
    await context.close();
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [390, 1280]) {
      it(`has no axe finding with every detail requested, in ${colorScheme} at ${String(width)} px`, async () => {
        const { page, context } = await open({ viewport: { width, height: 900 }, colorScheme });
        await openGroups(page);
        const details = page.locator('.segment input[value=voluntary]');
        const count = await details.count();
        expect(count).to.be.greaterThan(12);
        await page.evaluate(
          `for (const input of document.querySelectorAll('.segment input[value=voluntary]')) input.checked = true`,
        );
        await choose(page, 'name', 'essential');
        if (width === 390) await page.locator('.access-example-fold > summary').click();
        await page
          .locator('#example .ask')
          .nth(count - 1)
          .waitFor();
        expect(await axeFindings(page)).to.deep.equal([]);
        await context.close();
      });

      it(`has no axe finding and fits on the other pages of the app, in ${colorScheme} at ${String(width)} px`, async () => {
        const { page, context } = await open({ viewport: { width, height: 900 }, colorScheme });
        for (const tail of OTHER_PAGES) {
          await page.goto(`${server.url}${path.replace('/permissions', tail)}`);
          expect(await axeFindings(page), tail).to.deep.equal([]);
          expect(await excessWidth(page), tail).to.equal('');
        }
        await context.close();
      });
    }
  }
});
