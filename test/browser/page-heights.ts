import type { Page } from 'playwright-core';

/** The screen of a phone. */
export const PHONE = { width: 390, height: 844 } as const;

/**
 * The most pixels of the pages that need more than one screen of a phone, with the data of `page-scene.ts`, in each language.
 * Every other page needs one screen. A page that became higher is shortened, or its number is raised here.
 */
const HIGHER: Readonly<Record<string, number>> = {
  '/': 1550,
  '/account': 4250,
  '/account (empty)': 1350,
  '/account/apps': 2850,
  '/account/apps/…': 2750,
  '/account/check-up': 1200,
  '/account/data': 1200,
  '/account/delete': 1450,
  '/account/export': 1050,
  '/account/history': 2050,
  '/account/history (empty)': 1350,
  '/account/history?claim=email&from=2020-01-01': 1850,
  '/account/receipts': 2200,
  '/account/records/reading-lists/…': 1050,
  '/account/security': 1800,
  '/account/sessions': 1450,
  '/account/values/add/address': 1100,
  '/account/values/…': 1100,
  '/admin/details': 1400,
  '/admin/details/favourite_shelf': 1900,
  '/admin/details/preferred_delivery_window_of_the_warehouse': 1250,
  '/admin/details/new': 1150,
  '/admin/details/new?kind=date': 1800,
  '/admin/details/new?kind=number': 1900,
  '/admin/details/new?kind=text': 1950,
  '/admin/details?q=nothing-like-this': 1000,
  '/admin/permissions': 3450,
  '/admin/permissions/apis/https%3A%2F%2Flibrary.example%2Fapi': 1550,
  '/admin/permissions/apis/new': 1550,
  '/admin/permissions/new': 2400,
  '/admin/permissions/new?kind=records': 1850,
  '/admin/permissions/scopes/loans:read': 1550,
  '/admin/permissions/scopes/profile': 1000,
  '/developer/apps': 2350,
  '/developer/apps/new': 1200,
  '/developer/apps/new?type=web': 1050,
  '/developer/apps/…': 2200,
  '/developer/apps/…/code': 2600,
  '/developer/apps/…/delete': 900,
  '/developer/apps/…/failed-requests': 1400,
  '/developer/apps/…/logo': 1000,
  '/developer/apps/…/permissions': 4150,
  '/developer/apps/…/preview': 1500,
  '/developer/apps/…/secrets': 1500,
  '/developer/apps/…/settings': 1950,
  '/developer/apps/…/sign-outs': 1050,
  '/developer/apps/…/suspend': 1000,
  'a new app': 1250,
  'a receipt': 3350,
  authenticator: 1450,
  consent: 2350,
  'consent, shown again': 1550,
  'consent, something missing': 1300,
  'new recovery codes': 1000,
  register: 1300,
  'register, refused': 1350,
  reset: 1100,
  'second step, wrong recovery code': 950,
  'security with a second step': 1700,
  'security with passkeys': 2100,
  'sign in': 900,
  'sign in as a different person': 900,
  'sign in, refused': 900,
  'sign-in: consent': 2250,
  'sign-in: consent?preview=1': 2550,
};

/** Its height is the number of messages that the other pages caused. */
const UNBOUNDED: ReadonlySet<string> = new Set(['/outbox']);

/** The answers of pages that request a decision; not those that follow a field, which is filled in first. */
const ANSWERS =
  '.confirmation:not(:has(input:not([type=hidden]))) .actions > *, .button-pair > *, form .consent-answers > *';

/** Findings on a page in a window of the size of {@link PHONE}: its height, and answers below the first screen. */
export async function heightFindings(page: Page, name: string): Promise<string[]> {
  await page.evaluate('scrollTo(0, 0)');
  const height = Number(await page.evaluate('document.documentElement.scrollHeight'));
  const most = UNBOUNDED.has(name) ? Infinity : (HIGHER[name] ?? PHONE.height);
  const hidden = (await page.evaluate(`[...document.querySelectorAll('${ANSWERS}')]
    .filter((answer) => answer.getBoundingClientRect().bottom > ${String(PHONE.height)})
    .map((answer) => answer.textContent.trim())`)) as string[];
  return [
    ...(height > most ? [`is ${String(height)} px high, at most ${String(most)} are allowed`] : []),
    ...hidden.map((answer) => `“${answer}” is below the first screen`),
  ];
}
