import { expect } from 'chai';
import type { Browser } from 'playwright-core';

import { launchBrowser } from '../support/browser/browser.ts';
import { connectApp } from '../support/people/connect-app.ts';
import { signedInVisitor } from '../support/people/console-visitor.ts';
import { createPerson, type TestPerson } from '../support/people/people.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../support/people/third-party-app.ts';
import type { Visitor } from '../support/people/visitor.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { waitFor } from '../support/wait-for.ts';
import { cookiesOf } from '../browser/page-scene.ts';

describe('The profile', function () {
  this.timeout(60_000);
  let server: TestServer;
  let ana: TestPerson;
  let visitor: Visitor;
  let shop: ThirdPartyApp;

  before(async () => {
    server = await startTestServer();
    ana = await createPerson(server.connected, {
      values: {
        name: ['Ana Petrova'],
        email: ['ana@work.example'],
        phone_number: ['+442079460018'],
      },
    });
    visitor = await signedInVisitor(server.url, ana);
    shop = await registerThirdPartyApp(server, ana.accountId, { name: 'Bookshop' });
    const values = await server.connected.vault.listAttributes(ana.accountId);
    const id = values.find(({ value }) => value === 'ana@work.example')?.id ?? '';
    await connectApp({ visitor, app: shop, person: ana, choices: { 'claim.email': id } });
  });
  after(() => server?.stop());

  const open = (path: string) => visitor.get(`${server.url}${path}`);
  const rowOf = async (value: string) => {
    const { document } = await open('/account');
    const row = document.querySelectorAll('.item').find(({ text }) => text.includes(value));
    return { text: row?.text.replaceAll(/\s+/g, ' ') ?? '', row };
  };

  it('states for each value which apps see it, with a link to each app', async () => {
    const seen = await rowOf('ana@work.example');
    expect(seen.text).to.include('Seen by Bookshop');
    expect(seen.row?.querySelector(`a[href="/account/apps/${shop.clientId}"]`)).not.to.equal(
      undefined,
    );
    expect((await rowOf('+44 20 7946 0018')).text)
      .to.include('United Kingdom')
      .and.include('No app sees this');
    const removal = await open(`/account/values/${ana.attributeIds['name']?.[0] ?? ''}/remove`);
    expect(removal.text).to.include('No app sees this value now');
    // That is no loss, so it has no cross.
    expect(
      removal.document.querySelectorAll('.consequence:not(.consequence-stays)'),
    ).to.have.length(0);
  });

  it('forgets an app whose access has ended', async () => {
    await server.connected.consents.withdraw({ accountId: ana.accountId, clientId: shop.clientId });
    expect((await rowOf('ana@work.example')).text).to.include('No app sees this');
  });

  it('refuses a name that is too long at its field, and keeps the typed text', async () => {
    await open('/account/values/add/nickname');
    const typed = 'n'.repeat(43);
    const page = await visitor.submitForm('form.form', { value: typed });
    expect(page.status).to.equal(422);
    expect(page.document.querySelector('.field-error')?.text).to.include('This is too long');
    expect(page.document.querySelector('input[name=value]')?.getAttribute('value')).to.equal(typed);
    await open('/account/values/add/given_name');
    const long = await visitor.submitForm('form.form', { value: 'x'.repeat(101) });
    expect(long.document.querySelector('.field-error')?.text).to.include('This is too long');
  });

  it('takes a date of birth in three fields, and explains a date that does not exist', async () => {
    await open('/account/values/add/birthdate');
    const wrong = await visitor.submitForm('form.form', { day: '31', month: '2', year: '1990' });
    expect(wrong.document.querySelector('.field-error')?.text).to.include('Check day, month');
    expect(wrong.document.querySelector('#day')?.getAttribute('value')).to.equal('31');
    await visitor.submitForm('form.form', { day: '7', month: '2', year: '1990' });
    expect(visitor.page.text).to.include('7 February 1990');
  });

  it('stores a country by its English name', async () => {
    await open('/account/values/add/address');
    await visitor.submitForm('form.form', { locality: 'Porto', country: 'Portugal' });
    expect(visitor.page.text).to.include('Portugal');
    const values = await server.connected.vault.listAttributes(ana.accountId);
    expect(values.find(({ claim }) => claim === 'address')?.value).to.deep.equal({
      locality: 'Porto',
      country: 'Portugal',
    });
  });

  it('states what is missing of an empty address, and where a number has to lie', async () => {
    await open('/account/values/add/address');
    const refused = await visitor.submitForm('form.form', {});
    expect(refused.document.querySelector('.banner')?.text).to.include('at least one line');
    const { connected } = server;
    await connected.scopes.defineClaim({
      name: 'books_a_year',
      kind: 'number',
      rules: { min: 0, max: 1_000, isWhole: true },
      title: { en: 'Books a year' },
      description: { en: 'Roughly.' },
      sensitivity: 'medium',
      isMultiple: false,
      actorId: ana.accountId,
    });
    await waitFor('the detail', async () =>
      (await connected.scopes.claims()).live.some(({ name }) => name === 'books_a_year'),
    );
    const { document } = await open('/account/values/add/books_a_year');
    expect(document.querySelector('h1')?.text).to.equal('Add books a year');
    expect(document.querySelector('.field-hint')?.text).to.equal(
      'A whole number. From 0 to 1,000.',
    );
  });

  it('shows a phone number to confirm as the profile does', async () => {
    const { id } = await server.connected.vault.addAttribute({
      accountId: ana.accountId,
      claim: 'phone_number',
      value: '+442079460999',
    });
    expect((await open(`/account/phones/${id}/confirm`)).text).to.include('+44 20 7946 0999');
  });

  describe('in a browser', () => {
    let browser: Browser;
    before(async () => {
      browser = await launchBrowser();
    });
    after(() => browser?.close());

    it('keeps the lines of a street when the town is changed', async () => {
      const person = await createPerson(server.connected, {
        values: { address: [{ street_address: '12 Harbour Lane\nBack house', locality: 'Faro' }] },
      });
      const context = await browser.newContext({ locale: 'en-GB' });
      await context.addCookies(await cookiesOf(server, person));
      const page = await context.newPage();
      await page.goto(`${server.url}/account/values/${person.attributeIds['address']?.[0] ?? ''}`);
      await page.locator('#locality').fill('Porto');
      await page.locator('form.form button[type=submit]').click();
      await page.waitForURL('**/account');
      const values = await server.connected.vault.listAttributes(person.accountId);
      expect(values.find(({ claim }) => claim === 'address')?.value).to.deep.equal({
        street_address: '12 Harbour Lane\nBack house',
        locality: 'Porto',
      });
      await context.close();
    });

    it('has the actions of each value on one line of a phone, in every language', async () => {
      for (const locale of ['en-GB', 'ru']) {
        const context = await browser.newContext({ locale, viewport: { width: 390, height: 844 } });
        await context.addCookies(await cookiesOf(server, ana));
        const page = await context.newPage();
        await page.goto(`${server.url}/account`);
        const rows = (await page.evaluate(
          `[...document.querySelectorAll('.profile-group .item-control')].map((control) =>
            [...control.querySelectorAll('.button')].map((button) => button.getBoundingClientRect().bottom))`,
        )) as number[][];
        expect(rows.some((bottoms) => bottoms.length === 3)).to.equal(true);
        for (const bottoms of rows) expect(new Set(bottoms), locale).to.have.length(1);
        await context.close();
      }
    });

    it('offers and shows countries in the language of the reader', async () => {
      const context = await browser.newContext({ locale: 'ru' });
      await context.addCookies(await cookiesOf(server, ana));
      const page = await context.newPage();
      await page.goto(`${server.url}/account/values/add/address`);
      await page.locator('#country').selectOption({ label: 'Германия' });
      expect(await page.locator('#country').inputValue()).to.equal('Germany');
      await page.goto(`${server.url}/account`);
      expect(await page.locator('main').innerText()).to.include('Португалия');
      await context.close();
    });

    it('has one "Add" per group, which opens by keyboard and without scripts', async () => {
      const context = await browser.newContext({ javaScriptEnabled: false, locale: 'en-GB' });
      await context.addCookies(await cookiesOf(server, ana));
      const page = await context.newPage();
      await page.goto(`${server.url}/account`);
      const menus = page.locator('.add-menu > summary');
      expect(await menus.count()).to.equal(await page.locator('.profile-group').count());
      const link = page.getByRole('link', { name: 'Nickname' });
      expect(await link.isVisible()).to.equal(false);
      await menus.first().focus();
      await page.keyboard.press('Enter');
      await page.keyboard.press('Tab');
      expect(await page.locator(':focus').getAttribute('href')).to.match(/\/add\//);
      await link.click();
      expect(new URL(page.url()).pathname).to.equal('/account/values/add/nickname');
      await context.close();
    });
  });
});
