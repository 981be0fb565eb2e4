import type { Page } from 'playwright-core';

import { fillSignIn } from '../support/browser/fill-sign-in.ts';
import { addPasskey } from '../support/people/add-passkey.ts';
import { createPerson, type TestPerson } from '../support/people/people.ts';
import type { PageVisit } from './all-pages.ts';
import type { Scene } from './page-scene.ts';

/** The pages of passkeys. Each visit uses a new person. */
export function passkeyPages({ server }: Scene, signInUrl: string): PageVisit[] {
  const { connected, url } = server;
  const visit = (name: string, open: (page: Page, person: TestPerson) => Promise<void>) => ({
    name,
    person: null,
    open: async (page: Page) => {
      await page.context().clearCookies();
      await open(page, await createPerson(connected));
    },
  });
  const security = async (page: Page, person: TestPerson, path: string): Promise<void> => {
    await page.goto(`${url}/account/security${path}`);
    await fillSignIn(page, person);
    await page.waitForURL(`${url}/account/security${path}`);
  };
  return [
    visit('add a passkey', (page, person) => security(page, person, '/passkeys/add')),
    visit('security with passkeys', async (page, person) => {
      await addPasskey(server, person);
      await addPasskey(server, person);
      await security(page, person, '');
    }),
    visit('rename a passkey', async (page, person) => {
      const id = await addPasskey(server, person);
      await connected.authentication.renamePasskey({
        ...person,
        passkeyId: id,
        name: 'Work laptop',
      });
      await security(page, person, `/passkeys/${id}`);
    }),
    visit('remove a passkey', async (page, person) => {
      const id = await addPasskey(server, person);
      await security(page, person, `/passkeys/${id}/remove`);
    }),
    visit('require a second step', async (page, person) => {
      await addPasskey(server, person);
      await security(page, person, '/second-step');
    }),
    visit('second step with a passkey', async (page, person) => {
      await addPasskey(server, person);
      await connected.authentication.requireSecondStep(person);
      await page.goto(signInUrl);
      await fillSignIn(page, person);
      await page.waitForSelector('form[action$="/second-step/passkey"]', { state: 'attached' });
    }),
    visit('offer of a passkey', async (page, person) => {
      const cookie = { name: 'consentry-passkeys', value: 'yes', url: `${url}/interaction` };
      await page.context().addCookies([cookie]);
      await page.goto(signInUrl);
      await fillSignIn(page, person);
      await page.waitForSelector('form[action$="/passkey-offer/later"]');
    }),
  ];
}
