import { expect } from 'chai';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

import type { ClaimRequestInput } from '../../src/clients/index.ts';
import { axeFindings } from '../support/browser/axe.ts';
import { launchBrowser } from '../support/browser/browser.ts';
import { openWatchedPage } from '../support/browser/watched-page.ts';
import { createPerson, type TestPerson } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../support/people/third-party-app.ts';
import { sql } from '../../src/platform/postgres/sql.ts';
import { startOnwardApp, type OnwardApp } from './onward-app.ts';
import { cookiesOf } from './page-scene.ts';

const LONGEST_PAGE = 900;
const PHONE = { width: 390, height: 844 };

describe('The consent page in a real browser', function () {
  this.timeout(120_000);
  let server: TestServer;
  let browser: Browser;
  let landing: OnwardApp;
  let redirectUri: string;
  let maria: TestPerson;
  let shop: ThirdPartyApp;

  before(async () => {
    server = await startTestServer();
    browser = await launchBrowser();
    maria = await createPerson(server.connected, {
      email: 'maria@keller.example',
      values: {
        name: ['Maria Keller'],
        birthdate: ['1990-04-12'],
        phone_number: ['+442079460118'],
      },
    });
    landing = await startOnwardApp();
    redirectUri = `${landing.origin}/arrived`;
    shop = await registerThirdPartyApp(server, maria.accountId, {
      redirectUris: [redirectUri],
      requests: REQUESTS,
    });
    // Older than a week, and used by ten people: no sign of risk.
    await server.connected.db.execute(sql`update clients set created_at = now() - interval '8 days'
      where id = ${shop.clientId}`);
    await connectTenPeople();
  });
  after(async () => {
    await browser.close();
    await landing.close();
    await server.stop();
  });

  async function connectTenPeople(): Promise<void> {
    const { consents, clients } = server.connected;
    const client = await clients.find(shop.clientId);
    if (client === null) throw new Error('no app');
    const requests = client.requests.filter(({ necessity }) => necessity === 'voluntary');
    const request = {
      client: { ...client, requests },
      scopes: ['openid'],
      claims: [],
      resources: [],
    };
    for (let count = 0; count < 10; count += 1) {
      const { accountId } = await createPerson(server.connected);
      await consents.decide({ accountId, request, decision: { claims: {} }, locale: 'en' });
    }
  }

  async function open(person: TestPerson, options: BrowserContextOptions = {}) {
    const opened = await openWatchedPage(browser, { viewport: PHONE, ...options });
    await opened.context.addCookies(await cookiesOf(server, person));
    const query = new URLSearchParams({
      client_id: shop.clientId,
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: 'openid profile email phone offline_access',
      state: 's',
      nonce: 'n',
    });
    await opened.page.goto(`${server.url}/auth?${query.toString()}`);
    return opened;
  }

  const sentence = async (page: Page): Promise<string> =>
    (await page.locator('.consent-sentence').innerText()).replaceAll(/\s+/g, ' ').trim();
  const numberOf = async (page: Page, expression: string): Promise<number> =>
    Number(await page.evaluate(expression));

  for (const locale of ['en-GB', 'ru']) {
    it(`fits on ${String(LONGEST_PAGE)} px with four values, without a finding of axe (${locale})`, async () => {
      const { page, context, browserErrors } = await open(maria, { locale });
      expect(await page.locator('.ask').count()).to.equal(4);
      expect(await page.locator('.banner').count()).to.equal(0);
      const height = await numberOf(page, 'document.documentElement.scrollHeight');
      expect(height).to.be.at.most(LONGEST_PAGE);
      expect(await axeFindings(page)).to.deep.equal([]);
      expect(browserErrors).to.deep.equal([]);
      await context.close();
    });
  }

  it('shows both answers at every scroll position', async () => {
    const { page, context } = await open(maria, { viewport: { width: 390, height: 600 } });
    const height = await numberOf(page, 'document.documentElement.scrollHeight');
    const positions = Array.from({ length: 9 }, (_, index) => Math.round((height * index) / 8));
    for (const top of positions) {
      await page.evaluate(`scrollTo(0, ${String(top)})`);
      for (const answer of await page.locator('.consent-answers button').all()) {
        const box = await answer.boundingBox();
        expect(box?.y, `at ${String(top)}`).to.be.at.least(0);
        expect((box?.y ?? 0) + (box?.height ?? 0), `at ${String(top)}`).to.be.at.most(600);
      }
    }
    await context.close();
  });

  it('states the effect of each choice in a sentence', async () => {
    const { page, context } = await open(maria);
    expect(await sentence(page)).to.equal('Bookshop will see Maria Keller, for a year.');
    await page.getByRole('switch', { name: 'E-mail' }).check();
    expect(await sentence(page)).to.equal(
      'Bookshop will see Maria Keller and maria@keller.example, for a year.',
    );
    await page.getByLabel('For how long', { exact: true }).selectOption('once');
    expect(await sentence(page)).to.include('this time only');
    await page.getByText('Separate times').click();
    await page.getByLabel('For how long: E-mail').selectOption('30_days');
    expect(await sentence(page)).to.include('for the periods you chose');
    await page.getByRole('switch', { name: 'Date of birth' }).check();
    await page.getByRole('switch', { name: 'Phone' }).check();
    expect(await sentence(page)).to.include('12 April 1990 and 1 more');
    await context.close();
  });

  it('shows long values whole in their rows, shortens them in the sentence, and cuts nothing', async () => {
    const [email, other] = ['.org', '.com'].map(
      (end) => `${'anastasia.'.repeat(5)}m@example${end}`,
    );
    const anna = await createPerson(server.connected, {
      ...(email !== undefined && { email }),
      values: { name: ['Anna '.repeat(12).trim()], email: [other ?? ''] },
    });
    const { page, context } = await open(anna);
    const menu = page.locator('select.ask-menu');
    expect(await page.locator('.ask-whole').isVisible()).to.equal(false);
    await menu.selectOption({ index: 2 });
    expect(await page.locator('.ask-whole').innerText()).to.equal(other);
    expect(await sentence(page)).to.equal(
      `Bookshop will see ${'Anna '.repeat(8).trim()}… and anastasia.anastasia.anastas…@example.com, for a year.`,
    );
    const cut = `[...document.querySelectorAll('.consent-sentence, .ask-value, .ask-whole')].filter((one) =>
      one.scrollHeight > one.clientHeight + 1 || one.scrollWidth > one.clientWidth).length`;
    expect(await numberOf(page, cut)).to.equal(0);
    await context.close();
  });

  it('names a value while it is typed', async () => {
    const newcomer = await createPerson(server.connected);
    const { page, context } = await open(newcomer);
    expect(await sentence(page)).to.equal('Bookshop will not see anything from your profile.');
    await page.getByRole('textbox', { name: 'Full name' }).fill('Nora Lind');
    expect(await sentence(page)).to.equal('Bookshop will see Nora Lind, for a year.');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${redirectUri}?**`);
    expect(page.url()).to.include('code=');
    await context.close();
  });

  it('shows the answers to the app for the present choices', async () => {
    const { page, context, browserErrors } = await open(maria);
    await page.getByText('Preview', { exact: true }).click();
    const rows = page.locator('.preview-rows');
    await rows.getByText('Maria Keller').waitFor();
    expect(await rows.getByText('maria@keller.example').count()).to.equal(0);
    await page.getByRole('switch', { name: 'E-mail' }).check();
    await rows.getByText('maria@keller.example').waitFor();
    await page.getByText('As the app receives it').click();
    expect(await page.locator('pre.preview').first().textContent()).to.include('"email_verified"');
    expect(browserErrors).to.deep.equal([]);
    await context.close();
  });

  it('can be answered with the keyboard alone', async () => {
    const { page, context } = await open(await sameValues());
    const focused = () =>
      page.evaluate('document.activeElement.name + "=" + document.activeElement.value');
    const tabTo = async (pattern: RegExp) => {
      for (let count = 0; count < 30; count += 1) {
        await page.keyboard.press('Tab');
        if (pattern.test(String(await focused()))) return;
      }
      throw new Error(`no Tab leads to ${String(pattern)}`);
    };
    await tabTo(/^claim\.email=/);
    await page.keyboard.press('Space');
    expect(await sentence(page)).to.include('@');
    await tabTo(/^decision=allow$/);
    await page.keyboard.press('Enter');
    await page.waitForURL(`${redirectUri}?**`);
    expect(page.url()).to.include('code=');
    await context.close();
  });

  it('works without scripts, and states nothing that the choices have overtaken', async () => {
    const nora = await sameValues();
    const { page, context } = await open(nora, { javaScriptEnabled: false });
    expect(await sentence(page)).to.equal('Bookshop will see Nora Lind, for a year.');
    await page.locator('[name="claim.email"]').check();
    expect(await sentence(page)).to.equal('Bookshop will see what you choose on this page.');
    await page.getByText('Preview', { exact: true }).click();
    await page.getByRole('button', { name: 'Show with my choices' }).click();
    expect(await page.locator('.preview-rows dd').allTextContents()).to.have.length(2);
    expect(await sentence(page)).to.equal(
      `Bookshop will see Nora Lind and ${nora.email}, for a year.`,
    );
    await page.getByRole('button', { name: 'Do not share' }).click();
    await page.waitForURL(`${redirectUri}?**`);
    expect(page.url()).to.include('error=access_denied');
    await context.close();
  });

  const sameValues = () =>
    createPerson(server.connected, {
      values: { name: ['Nora Lind'], birthdate: ['1990-04-12'] },
    });
});

const REQUESTS: readonly ClaimRequestInput[] = [
  request('name', 'essential', {
    en: 'To greet you and print it on your orders',
    ru: 'Чтобы обращаться к вам и указывать имя в заказах',
  }),
  request('email', 'voluntary', { en: 'Order confirmations', ru: 'Подтверждения заказов' }),
  request('birthdate', 'voluntary', {
    en: 'A present on your birthday',
    ru: 'Подарок ко дню рождения',
  }),
  request('phone_number', 'voluntary', {
    en: 'The courier calls before delivery',
    ru: 'Курьер звонит перед доставкой',
  }),
];

function request(
  claim: string,
  necessity: 'essential' | 'voluntary',
  purpose: ClaimRequestInput['purpose'],
): ClaimRequestInput {
  return { claim, necessity, purpose, longestDuration: 'until_withdrawn' };
}
