import type { Page } from 'playwright-core';

import { createPerson, PASSWORD, type TestPerson } from '../support/people/people.ts';
import type { PageVisit } from './all-pages.ts';
import type { Scene } from './page-scene.ts';
import { fillSignIn } from '../support/browser/fill-sign-in.ts';

/** The pages of a deletion and of a restoration. Each visit uses a new person, because an account is deleted once. */
export function deletionPages({ server }: Scene, signInUrl: string): PageVisit[] {
  const { connected, url } = server;
  const submitSignIn = async (page: Page, { email }: TestPerson): Promise<void> => {
    await fillSignIn(page, { email, password: PASSWORD });
  };
  return [
    {
      name: 'restore a deleted account',
      person: null,
      open: async (page) => {
        const person = await createPerson(connected);
        await connected.deletions.delete({ accountId: person.accountId, locale: 'en' });
        await page.goto(signInUrl);
        await submitSignIn(page, person);
        await page.waitForSelector('form[action$="/restore"]');
      },
    },
    {
      name: 'account deleted',
      person: null,
      open: async (page) => {
        const person = await createPerson(connected);
        await page.goto(`${url}/account/delete`);
        await submitSignIn(page, person);
        const label = await page.textContent('label[for=confirmation]');
        await page.fill('input[name=confirmation]', /[“«](.+)[”»]/.exec(label ?? '')?.[1] ?? '');
        await page.click('form[action="/account/delete"] button[type=submit]');
        await page.waitForSelector('code');
      },
    },
  ];
}
