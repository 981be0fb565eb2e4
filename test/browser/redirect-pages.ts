import type { Page } from 'playwright-core';

import { APP_ORIGIN } from '../support/people/third-party-app.ts';
import type { PageVisit } from './all-pages.ts';

/** Pages that redirect automatically. The app responds with 204, so the browser stays on them. */
export function redirectPages(
  authorizationUrl: (extra?: Record<string, string>) => string,
): PageVisit[] {
  return [
    {
      name: 'redirect to the app',
      person: null,
      open: async (page) => {
        await preventNavigation(page);
        await page.goto(authorizationUrl());
        await page.click('form[action$="/cancel"] button');
        await untilShown(page);
      },
    },
    {
      name: 'form_post to the app',
      person: null,
      open: async (page) => {
        await preventNavigation(page);
        const extra = { prompt: 'none', response_mode: 'form_post' };
        // The form is sent before the page has loaded, so its load never ends.
        await page.goto(authorizationUrl(extra), { waitUntil: 'commit' });
        await untilShown(page);
      },
    },
  ];
}

async function preventNavigation(page: Page): Promise<void> {
  // Once: as long as requests are intercepted, the browser uses no cache.
  await page.route(`${APP_ORIGIN}/**`, (route) => route.fulfill({ status: 204 }), { times: 1 });
}

/** Waits, because the page becomes visible only after a delay. */
async function untilShown(page: Page): Promise<void> {
  await page
    .locator('.passing h1')
    .evaluate((heading: { getAnimations(): readonly { finished: Promise<unknown> }[] }) =>
      Promise.all(heading.getAnimations().map(({ finished }) => finished)).then(() => undefined),
    );
}
