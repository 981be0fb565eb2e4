import type { Page } from 'playwright-core';

import { totpCode } from '../authentication/second-step-scene.ts';
import { fillSignIn } from '../support/browser/fill-sign-in.ts';
import { createPerson, type TestPerson } from '../support/people/people.ts';
import type { PageVisit } from './all-pages.ts';
import type { Scene } from './page-scene.ts';

/** The pages of the second step. Each visit uses a new person, because a code is valid once. */
export function secondStepPages({ server }: Scene, signInUrl: string): PageVisit[] {
  const { connected, url } = server;
  const visit = (name: string, open: (page: Page, person: TestPerson) => Promise<void>) => ({
    name,
    person: null,
    open: async (page: Page) => {
      await page.context().clearCookies();
      await open(page, await createPerson(connected));
    },
  });
  const turnOn = async ({ accountId }: TestPerson): Promise<void> => {
    const { secret, ticket } = await connected.authentication.startTotp({ accountId });
    const code = totpCode(secret, connected.clock.now());
    await connected.authentication.confirmTotp({ accountId, ticket, code });
  };
  const firstStep = async (page: Page, person: TestPerson): Promise<void> => {
    await turnOn(person);
    await page.goto(signInUrl);
    await fillSignIn(page, person);
    await page.waitForSelector('form[action*="/second-step/"]');
  };
  const openAuthenticator = async (page: Page, person: TestPerson): Promise<void> => {
    await page.goto(`${url}/account/security/authenticator`);
    await fillSignIn(page, person);
    await page.waitForSelector('.qr-code');
  };
  const confirm = async (page: Page): Promise<void> => {
    const key = (await page.textContent('.copy-line code')) ?? '';
    const code = totpCode(key.replaceAll(' ', ''), connected.clock.now());
    await page.fill('input[name=code]', code);
    await page.click('form[action$="/authenticator"] button[type=submit]');
    await page.waitForSelector('.copy-line pre');
  };
  return [
    visit('second step', firstStep),
    visit('second step, wrong recovery code', async (page, person) => {
      await firstStep(page, person);
      await page.click('a[href$="/second-step/recovery"]');
      await page.fill('input[name=code]', 'abcdef-ghjkmn');
      await page.click('form[action*="/second-step/"] button[type=submit]');
      await page.waitForSelector('.field-error');
    }),
    visit('authenticator', openAuthenticator),
    visit('new recovery codes', async (page, person) => {
      await openAuthenticator(page, person);
      await confirm(page);
    }),
    visit('security with a second step', async (page, person) => {
      await openAuthenticator(page, person);
      await confirm(page);
      await page.click('form[action$="/stored"] button[type=submit]');
      await page.waitForURL(`${url}/account/security`);
    }),
    visit('remove the authenticator', async (page, person) => {
      await turnOn(person);
      await page.goto(`${url}/account/security/authenticator/remove`);
      await fillSignIn(page, person);
      await page.click('a[href$="/second-step/recovery"]');
      const { accountId } = person;
      const [code = ''] = await connected.authentication.replaceRecoveryCodes({ accountId });
      await page.fill('input[name=code]', code);
      await page.click('form[action*="/second-step/"] button[type=submit]');
      await page.waitForSelector('form[action$="/remove"]');
    }),
    visit('recovery codes', async (page, person) => {
      await openAuthenticator(page, person);
      await confirm(page);
      await page.click('form[action$="/stored"] button[type=submit]');
      await page.goto(`${url}/account/security/recovery-codes`);
    }),
  ];
}
