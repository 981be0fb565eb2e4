import type { Page } from 'playwright-core';

import { PASSWORD, type TestPerson } from '../support/people/people.ts';
import type { TestServer } from '../support/servers/server.ts';
import { consentPages } from './consent-pages.ts';
import { deletionPages } from './deletion-pages.ts';
import { gatewayPages } from './gateway-pages.ts';
import { authorizationUrl, LIBRARY, setScene, type Scene } from './page-scene.ts';
import { redirectPages } from './redirect-pages.ts';
import { fillSignIn } from '../support/browser/fill-sign-in.ts';
import { passkeyPages } from './passkey-pages.ts';
import { secondStepPages } from './second-step-pages.ts';

/** A visit of one page. */
export interface PageVisit {
  readonly name: string;
  /** The signed-in person; null: anonymous. */
  readonly person: TestPerson | null;
  readonly open: (page: Page) => Promise<void>;
}

/** Fills a server with people and apps. @returns a visit for each page. */
export async function preparePages(server: TestServer): Promise<readonly PageVisit[]> {
  const scene = await setScene(server);
  return [
    ...publicPages(scene),
    ...signInPages(scene),
    ...consentPages(scene),
    ...accountPages(scene),
    ...developerPages(scene),
    ...administratorPages(scene),
    ...(await gatewayPages(scene)),
    // Late, because each signs in as a person of its own.
    ...secondStepPages(scene, authorizationUrl(scene, scene.greedy)),
    ...passkeyPages(scene, authorizationUrl(scene, scene.greedy)),
    // Last, because the visits before it cause mails.
    ...goTo(server, null, '/outbox'),
  ];
}

function goTo(
  server: TestServer,
  person: TestPerson | null,
  ...paths: readonly string[]
): PageVisit[] {
  return paths.map((path) => ({
    name: path.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64}|app_[0-9a-f]{32}/g, '…'),
    person,
    open: async (page) => {
      await page.goto(`${server.url}${path}`);
    },
  }));
}

function publicPages({ server, foreignLinks }: Scene): PageVisit[] {
  const { registration, signIn } = foreignLinks;
  const links = [`/confirm/${registration}`, `/confirm/${signIn}`, '/not-me/that-has-ended'];
  const ended = '/interaction/that-has-ended';
  return goTo(
    server,
    null,
    '/',
    '/docs',
    '/nothing-here',
    '/auth?client_id=nobody',
    ended,
    ...links,
  );
}

let guests = 0;

/** A new address for each code, because an address receives at most one code a minute. */
function nextAddress(): string {
  guests += 1;
  return `guest-number-${String(guests)}.konstantinopolskaya@a-rather-long-company-name.example.org`;
}

function signInPages(scene: Scene): PageVisit[] {
  const begin = (page: Page) => page.goto(authorizationUrl(scene, scene.greedy));
  const step = (name: string, act: (page: Page) => Promise<void>): PageVisit => ({
    name,
    person: null,
    open: async (page) => {
      await begin(page);
      await act(page);
    },
  });
  const register = async (page: Page, email: string, password: string): Promise<void> => {
    await page.click('a[href$="/register"]');
    await page.fill('input[name=email]', email);
    await page.fill('input[name=password]', password);
    await page.click('form[action$="/register"] button[type=submit]');
    await page.waitForLoadState();
  };
  return [
    ...deletionPages(scene, authorizationUrl(scene, scene.greedy)),
    ...redirectPages((extra) => authorizationUrl(scene, scene.greedy, extra)),
    step('sign in', async () => undefined),
    step('sign in, password', async (page) => {
      await page.fill('input[name=identifier]', nextAddress());
      await page.click('form[action$="/sign-in"] button[type=submit]');
      await page.waitForSelector('input[name=step]', { state: 'attached' });
    }),
    step('sign in, another name', async (page) => {
      await page.fill('input[name=identifier]', nextAddress());
      await page.click('form[action$="/sign-in"] button[type=submit]');
      await page.click('.typed-name a');
      await page.waitForSelector('input[name=remember]');
    }),
    step('sign in, refused', async (page) => {
      await fillSignIn(page, { email: 'nobody@example.org', password: 'wrong as wrong can be' });
      await page.waitForSelector('[class*=banner]');
    }),
    step('register', (page) => page.click('a[href$="/register"]')),
    step('register, refused', async (page) => {
      await register(page, 'new@example.org', 'short');
      await page.waitForSelector('.field-error');
    }),
    step('confirm', async (page) => {
      await register(page, nextAddress(), PASSWORD);
      await page.waitForSelector('input[name=code]');
    }),
    step('code', (page) => page.click('a[href$="/code"]')),
    step('forgot', (page) => page.click('a[href$="/forgot"]')),
    step('reset', async (page) => {
      await page.click('a[href$="/forgot"]');
      await page.fill('input[name=identifier]', nextAddress());
      await page.click('form[action$="/forgot"] button[type=submit]');
      await page.waitForSelector('input[name=newPassword]');
    }),
  ];
}

function accountPages(scene: Scene): PageVisit[] {
  const { server, ana, newcomer, shop, pictureId, recordId } = scene;
  const id = (claim: string, index = 0) => ana.attributeIds[claim]?.[index] ?? '';
  return [
    ...goTo(
      server,
      ana,
      '/account',
      '/account/values/add/nickname',
      '/account/values/add/address',
      '/account/values/add/birthdate',
      '/account/values/add/zoneinfo',
      '/account/values/add/favourite_shelf',
      '/account/values/add/books_a_year',
      `/account/values/${id('address')}`,
      `/account/values/${id('address')}/remove`,
      `/account/emails/${id('email')}/remove`,
      '/account/emails/add',
      '/account/pictures/add',
      `/account/values/${pictureId}`,
      `/account/values/${pictureId}/remove`,
      '/account/records',
      `/account/records/reading-lists/${recordId}`,
      `/account/records/reading-lists/${recordId}/remove`,
      '/account/phones/add',
      '/account/usernames/add',
      `/account/emails/${scene.unprovenEmailId}/confirm`,
      `/account/phones/${scene.unprovenPhoneId}/confirm`,
      `/confirm/${scene.emailLink}`,
      '/confirm/no-longer-there',
      '/account/data',
      '/account/security',
      '/account/export',
      '/account/security/password',
      '/account/delete',
      '/account/sessions',
      '/account/sessions/end-all',
      '/account/apps',
      '/account/apps?q=nothing-like-this',
      '/account/check-up',
      `/account/apps/${shop.clientId}`,
      `/account/apps/${shop.clientId}/end`,
      '/account/history',
      '/account/history?claim=email&from=2020-01-01',
      '/account/history/apps',
      '/account/history/values',
      '/account/receipts',
    ),
    {
      name: 'a checked username',
      person: ana,
      open: async (page) => {
        await page.goto(`${server.url}/account/usernames/add`);
        await page.fill('input[name=value]', 'somebody.else');
        await page.click('button[value=check]');
        await page.waitForSelector('[class*=banner]');
      },
    },
    {
      name: 'a receipt',
      person: ana,
      open: async (page) => {
        await page.goto(`${server.url}/account/receipts?app=${shop.clientId}`);
        await page.click('.timeline-sentence a');
        await page.waitForSelector('.receipt-text');
      },
    },
    ...goTo(
      server,
      newcomer,
      '/account',
      '/account/apps',
      '/account/history',
      '/account/receipts',
    ).map((visit) => ({ ...visit, name: `${visit.name} (empty)` })),
  ];
}

function developerPages({ server, ana, newcomer, shop, shopSecretId, greedy }: Scene): PageVisit[] {
  const app = `/developer/apps/${shop.clientId}`;
  return [
    ...goTo(
      server,
      ana,
      '/developer/apps',
      '/developer/apps/new',
      '/developer/apps/new?type=web',
      app,
      `${app}/code`,
      `${app}/settings`,
      `${app}/logo`,
      `${app}/permissions`,
      `/developer/apps/${greedy.clientId}/permissions`,
      `${app}/preview`,
      `${app}/sign-outs`,
      `${app}/failed-requests`,
      `${app}/secrets`,
      `${app}/secrets/${shopSecretId}/remove`,
      `${app}/suspend`,
      `${app}/delete`,
    ),
    ...goTo(server, newcomer, '/developer/apps').map((visit) => ({
      ...visit,
      name: '/developer/apps (empty)',
    })),
    {
      name: 'a new app',
      person: newcomer,
      open: async (page) => {
        await page.goto(`${server.url}/developer/apps/new?type=web`);
        await page.fill('input[name=name]', 'Night Library');
        await page.fill('textarea[name=redirectUris]', 'https://night-library.example/callback');
        await page.click('main form button[type=submit]');
        await page.getByText('Night Library').first().waitFor();
        await page.waitForSelector('.secret, [class*=secret]');
      },
    },
  ];
}

function administratorPages({ server, administrator }: Scene): PageVisit[] {
  return goTo(
    server,
    administrator,
    '/admin/permissions',
    '/admin/permissions/new',
    '/admin/permissions/new?kind=records',
    '/admin/permissions/apis/new',
    '/admin/permissions/scopes/loans:read',
    '/admin/permissions/scopes/loans:read/retire',
    '/admin/permissions/scopes/profile',
    `/admin/permissions/apis/${encodeURIComponent(LIBRARY)}`,
    '/admin/details',
    '/admin/details?q=nothing-like-this',
    '/admin/details/new',
    '/admin/details/new?kind=text',
    '/admin/details/new?kind=number',
    '/admin/details/new?kind=date',
    '/admin/details/favourite_shelf',
    '/admin/details/favourite_shelf/retire',
    '/admin/details/preferred_delivery_window_of_the_warehouse',
    '/admin/jobs',
  );
}
