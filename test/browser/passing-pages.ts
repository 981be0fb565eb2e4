import type { Page } from 'playwright-core';

import { APP_ORIGIN } from '../support/third-party-app.ts';
import type { PageVisit } from './all-pages.ts';

/** The pages that a browser leaves by itself. The app has nothing to show, so the browser stays on them. */
export function passingPages(
  authorizationUrl: (extra?: Record<string, string>) => string,
): PageVisit[] {
  return [
    {
      name: 'on the way to the app',
      person: null,
      open: async (page) => {
        await stayHere(page);
        await page.goto(authorizationUrl());
        await page.click('form[action$="/cancel"] button');
        await untilShown(page);
      },
    },
    {
      name: 'passed on to the app by a form',
      person: null,
      open: async (page) => {
        await stayHere(page);
        const extra = { prompt: 'none', response_mode: 'form_post' };
        // The form is sent before the page has loaded, so its load never ends.
        await page.goto(authorizationUrl(extra), { waitUntil: 'commit' });
        await untilShown(page);
      },
    },
  ];
}

async function stayHere(page: Page): Promise<void> {
  await page.route(`${APP_ORIGIN}/**`, (route) => route.fulfill({ status: 204 }));
}

/** Such a page shows itself only when the next one takes long. */
async function untilShown(page: Page): Promise<void> {
  await page
    .locator('.passing h1')
    .evaluate((heading: { getAnimations(): readonly { finished: Promise<unknown> }[] }) =>
      Promise.all(heading.getAnimations().map(({ finished }) => finished)).then(() => undefined),
    );
}
