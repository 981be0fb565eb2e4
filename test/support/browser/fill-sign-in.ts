import type { Page } from 'playwright-core';

const FORM = 'form[action$="/sign-in"]';

interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** Signs in as a person does: the name, then the password on the next page. A page that knows the name has the password only. */
export async function fillSignIn(page: Page, { email, password }: Credentials): Promise<void> {
  await page.waitForSelector(FORM);
  const known = page.locator(`${FORM} input[name=step] ~ input[name=identifier]`);
  // The page is for the person who is signed in.
  if ((await known.count()) > 0 && (await known.inputValue()) !== email) {
    await page.click('.typed-name a');
    await page.waitForSelector(
      `${FORM} input[name=remember], ${FORM} input[name=identifier]:not([readonly])`,
    );
  }
  if ((await page.locator(`${FORM} input[name=step]`).count()) === 0) {
    await page.fill('input[name=identifier]', email);
    await page.click(`${FORM} button[type=submit]`);
    await page.waitForSelector(`${FORM} input[name=step]`, { state: 'attached' });
  }
  await page.fill('input[name=password]', password);
  await page.click(`${FORM} button[type=submit]`);
}
