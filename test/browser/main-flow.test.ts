import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';

import { startBookshop, type BookshopProcess } from './bookshop-process.ts';
import { launchBrowser } from '../support/browser/browser.ts';
import { createPerson } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { startSmtp, type CaughtMail, type MailCatcher } from '../support/servers/smtp.ts';
import { openWatchedPage } from '../support/browser/watched-page.ts';

const FIRST = 'mira.novak@example.org';
const SECOND = 'mira@harbour-office.example';
const CODE = /\b\d{6}\b/;
const PASSWORD = 'seven herons over a slow river';

describe('A person in a real browser', function () {
  this.timeout(90_000);
  let mail: MailCatcher;
  let server: TestServer;
  let shop: BookshopProcess;
  let browser: Browser;

  before(async () => {
    mail = await startSmtp();
    server = await startTestServer({
      config: { mail: { smtpUrl: mail.url, from: 'Consentry <no-reply@consentry.example>' } },
    });
    const owner = await createPerson(server.connected);
    shop = await startBookshop(server, owner.accountId);
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await shop?.stop();
    await server?.stop();
    await mail?.stop();
  });

  const codeSentTo = async (address: string): Promise<string> =>
    codeIn(await mail.waitFor(({ to, subject }) => to === address && CODE.test(subject)));

  it('registers, signs in at the Bookshop, shares one e-mail, and ends the access of the Bookshop', async () => {
    const { page, context, browserErrors } = await openWatchedPage(browser);
    await register(page);
    await addBirthdate(page);
    await addSecondEmail(page);

    await page.goto(shop.url);
    await page.getByRole('link', { name: 'Sign in with Consentry' }).click();
    await expectConsentPage(page);
    await page.locator('select[name="claim.email"]').selectOption({ label: `${SECOND} (work)` });
    expect(await page.locator('.sentence-live').textContent()).to.equal(
      `Bookshop will see Mira Novak and ${SECOND}, for a year.`,
    );
    await page.getByRole('button', { name: 'Share and continue' }).click();

    await page.waitForURL(`${shop.url}/`);
    const received = JSON.parse((await page.locator('[data-raw=userinfo]').textContent()) ?? '');
    const { sub, updated_at: _updatedAt, ...values } = received as Record<string, unknown>;
    expect(sub).to.be.a('string');
    expect(values).to.deep.equal({ name: 'Mira Novak', email: SECOND, email_verified: true });
    const everything = (await page.textContent('body')) ?? '';
    expect(everything).not.to.contain(FIRST);
    expect(everything).not.to.contain('1988-02-29');

    await endTheBookshop(page);

    await page.goto(shop.url);
    await page.getByRole('button', { name: 'Read again' }).click();
    const notice = page.locator('[data-notice=bad]');
    expect(await notice.textContent()).to.match(/refused.*401 invalid_token/s);

    expect(browserErrors).to.deep.equal([]);
    await context.close();
  });

  it('can do the same on a phone, in Russian, with the keyboard and without scripts', async () => {
    const person = await createPerson(server.connected, {
      values: { name: ['Мира Новак'], email: ['mira@second.example'], birthdate: ['1988-02-29'] },
    });
    const { page, context, browserErrors } = await openWatchedPage(browser, {
      locale: 'ru',
      viewport: { width: 390, height: 844 },
      javaScriptEnabled: false,
    });
    await page.goto(shop.url);
    await pressOn(page, 'a[href="/sign-in"]', 'Enter');
    await page.locator('input[name=identifier]').fill(person.email);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Введите пароль' }).waitFor();
    await page.locator('input[name=password]').fill(person.password);
    await page.keyboard.press('Enter');

    await page.getByRole('heading', { name: 'Bookshop просит ваши данные' }).waitFor();
    await page.locator('select[name="claim.email"]').focus();
    await page.keyboard.type('mira@second');
    expect(await page.locator('.sentence-neutral').isVisible()).to.equal(true);
    expect(await page.locator('.sentence-live').isVisible()).to.equal(false);
    await pressOn(page, 'button[value=allow]', 'Enter');
    await page.waitForURL(`${shop.url}/`);
    expect(await page.locator('[data-userinfo=email]').textContent()).to.equal(
      'mira@second.example',
    );
    expect(await page.locator('[data-userinfo=birthdate]').count()).to.equal(0);

    await page.goto(`${server.url}/account/apps/${shop.clientId}/end`);
    await pressOn(page, 'form[action$="/end"] button', 'Enter');
    await page.waitForURL(`${server.url}/account/apps/${shop.clientId}`);
    await page.goto(shop.url);
    await pressOn(page, 'form[action="/read-again"] button', 'Enter');
    await page.locator('[data-notice=bad]').waitFor();
    expect(browserErrors).to.deep.equal([]);
    await context.close();
  });

  async function pressOn(page: Page, selector: string, key: 'Enter' | 'Space'): Promise<void> {
    await page.locator(selector).focus();
    await page.keyboard.press(key);
  }

  async function register(page: Page): Promise<void> {
    await page.goto(server.url);
    await page.getByRole('link', { name: 'Create an account' }).click();
    await page.getByLabel('Your name').fill('Mira Novak');
    await page.getByLabel('E-mail').fill(FIRST);
    await page.locator('input[name=password]').fill(PASSWORD);
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByLabel('Code from the message').fill(await codeSentTo(FIRST));
    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.waitForURL(`${server.url}/account`);
  }

  async function addBirthdate(page: Page): Promise<void> {
    await page.getByLabel('Add to “About you”').click();
    await page.getByRole('link', { name: 'Date of birth' }).click();
    await page.getByLabel('Day').fill('29');
    await page.getByLabel('Month').selectOption({ label: 'February' });
    await page.getByLabel('Year').fill('1988');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.waitForURL(`${server.url}/account`);
  }

  async function addSecondEmail(page: Page): Promise<void> {
    await page.getByLabel('Add to “How to reach you”').click();
    await page.locator('a[href="/account/emails/add"]').click();
    await page.getByLabel('E-mail').fill(SECOND);
    await page.getByLabel('Label').fill('work');
    await page.getByRole('button', { name: 'Add and send a code' }).click();
    await page.getByLabel('Code from the').fill(await codeSentTo(SECOND));
    await page.getByRole('button', { name: 'Confirm', exact: true }).click();
    await page.waitForURL(`${server.url}/account`);
    expect(await page.getByText(SECOND).count()).to.be.greaterThan(0);
    expect(await page.getByText('Not confirmed').count()).to.equal(0);
  }

  async function expectConsentPage(page: Page): Promise<void> {
    await page.getByRole('heading', { name: 'Bookshop wants to know you' }).waitFor();
    for (const shown of ['Mira Novak', FIRST, SECOND, 'Order confirmations']) {
      expect(await page.getByText(shown).count(), shown).to.be.greaterThan(0);
    }
    expect(await page.locator('select[name="claim.email"]').inputValue()).to.equal('refuse');
    expect(await page.locator('[role=switch]:checked').count()).to.equal(0);
  }

  async function endTheBookshop(page: Page): Promise<void> {
    await page.goto(`${server.url}/account/apps`);
    await page.getByRole('link', { name: 'Bookshop', exact: true }).click();
    expect(await page.getByText(SECOND).count()).to.be.greaterThan(0);
    await page.getByRole('link', { name: 'End access' }).click();
    await page.getByRole('button', { name: 'End access' }).click();
    await page.waitForURL(`${server.url}/account/apps/${shop.clientId}`);
    expect(await page.getByText('Bookshop’s access has ended.').count()).to.equal(1);
  }
});

function codeIn({ subject }: CaughtMail): string {
  const code = CODE.exec(subject)?.[0];
  if (code === undefined) throw new Error(`No code in the mail "${subject}"`);
  return code;
}
