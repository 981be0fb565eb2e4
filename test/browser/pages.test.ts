import { expect } from 'chai';
import type { Browser, BrowserContextOptions } from 'playwright-core';

import { allRoutes, type RoutesDeps } from '../../src/server/routes.ts';
import { axeFindings } from '../support/browser/axe.ts';
import { launchBrowser } from '../support/browser/browser.ts';
import { excessWidth } from '../support/browser/excess-width.ts';
import { alteringFields } from '../support/browser/browser-view.ts';
import { PASSWORD } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { openWatchedPage, type WatchedPage } from '../support/browser/watched-page.ts';
import { preparePages, type PageVisit } from './all-pages.ts';
import { heightFindings, PHONE } from './page-heights.ts';
import { cookiesOf } from './page-scene.ts';

const WIDTHS = [320, PHONE.width, 1280];
const HEIGHT = 900;
const AT_ONCE = 2;

interface Look {
  readonly theme: 'light' | 'dark';
  readonly locale: string;
}

interface LookAt {
  readonly visit: PageVisit;
  readonly look: Look;
}

// One look for each page, alternating. `test/http/pages-in-browser.test.ts` examines the sample of each page in two looks.
const LOOKS: readonly Look[] = [
  { theme: 'light', locale: 'ru' },
  { theme: 'dark', locale: 'en-GB' },
  { theme: 'light', locale: 'en-GB' },
  { theme: 'dark', locale: 'ru' },
];

/** Paths that only redirect or download. */
const WITHOUT_PAGE: ReadonlySet<string> = new Set([
  '/account/devices',
  '/account/export/download',
  '/account/emails/{attributeId}/code',
  '/account/phones/{attributeId}/code',
  '/account/receipts.ndjson',
  '/developer/apps/{clientId}/permissions/example',
  '/account/receipts/{receiptId}/download',
  '/.well-known/change-password',
  '/account/signed-in',
  '/interaction/{uid}/link',
  // Only where every account has a username: test/flows/accounts/required-username.test.ts.
  '/interaction/{uid}/username',
]);

describe('Every page in a real browser', function () {
  this.timeout(300_000);
  let server: TestServer;
  let browser: Browser;
  let visits: readonly PageVisit[];
  const seenPaths: string[] = [];
  const cookies = new Map<string, Awaited<ReturnType<typeof cookiesOf>>>();

  before(async () => {
    server = await startTestServer();
    visits = await preparePages(server);
    browser = await launchBrowser();
    for (const { person } of visits) {
      const id = person?.accountId ?? '';
      if (!cookies.has(id)) cookies.set(id, await cookiesOf(server, person));
    }
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  it('has no axe finding, fits its window, is not higher than listed, and logs no browser error', async () => {
    const looks = visits.flatMap((visit, index): LookAt[] => {
      const look = LOOKS[index % LOOKS.length];
      return look === undefined ? [] : [{ visit, look }];
    });
    expect(looks.length).to.be.greaterThan(100);
    const windows = Map.groupBy(looks, ({ visit, look }) => nameOf(visit, look));
    const findings = await runAll(
      [...windows.values()].map((group) => async () => {
        const window = await openWatchedPage(browser, optionsOf(group[0]?.look));
        await window.context.addCookies(cookiesFor(group[0]?.visit));
        const found: string[] = [];
        for (const one of group) found.push(...(await examine(window, one)));
        await window.context.close();
        return found;
      }),
    );
    expect(findings.flat().join('\n')).to.equal('');
  });

  it('has its heading and no button without effect when scripts are disabled', async () => {
    const people = Map.groupBy(visits, ({ person }) => person?.accountId ?? '');
    const problems = await runAll(
      [...people.values()].map((group) => async () => {
        const window = await browser.newContext({ javaScriptEnabled: false, locale: 'en-GB' });
        await window.addCookies(cookiesFor(group[0]));
        const page = await window.newPage();
        const found: string[] = [];
        for (const visit of group) {
          await visit.open(page);
          const heading = page.getByRole('heading', { level: 1 });
          if (!(await heading.isVisible())) found.push(`${visit.name}: no heading`);
          // A button without a form has no effect without scripts, so it must not be shown. A disabled one is a picture of a button.
          const buttons = page.locator('main button:not(form button, [form], :disabled):visible');
          for (const text of await buttons.allTextContents()) found.push(`${visit.name}: ${text}`);
        }
        await window.close();
        return found;
      }),
    );
    expect(problems.flat()).to.deep.equal([]);
  });

  it('sends addresses and codes exactly as typed', async () => {
    const window = await browser.newContext({ locale: 'en-GB' });
    const page = await window.newPage();
    const register = visits.find(({ name }) => name === 'register');
    await register?.open(page);
    const typed = [`jürgen${String(Date.now())}@straße.example`, ' 123\u00a0456 or so '];
    for (const [name, text] of [
      ['email', typed[0] ?? ''],
      ['code', typed[1] ?? ''],
    ] as const) {
      await page.fill(`input[name=${name}]:visible`, text);
      const password = page.locator('input[name=password]');
      if ((await password.count()) > 0) await password.fill(PASSWORD);
      const sent = page.waitForRequest((request) => request.method() === 'POST');
      await page.click('main form button[type=submit]');
      expect(new URLSearchParams((await sent).postData() ?? '').get(name)).to.equal(text);
      await page.waitForLoadState();
    }
    await window.close();
  });

  it('is covered by these visits', () => {
    const routes = allRoutes(server.connected as unknown as RoutesDeps);
    const missing = routes
      .filter(({ kind, method }) => kind === 'page' && method === 'get')
      .map(({ path }) => path)
      .filter((path) => !WITHOUT_PAGE.has(path) && !seenPaths.some(fits(path)));
    expect(missing).to.deep.equal([]);
  });

  function cookiesFor(visit: PageVisit | undefined) {
    return cookies.get(visit?.person?.accountId ?? '') ?? [];
  }

  /** @returns the findings as texts. */
  async function examine(window: WatchedPage, { visit, look }: LookAt): Promise<string[]> {
    const { page, browserErrors } = window;
    const before = browserErrors.length;
    await page.setViewportSize(PHONE);
    await visit.open(page);
    seenPaths.push(new URL(page.url()).pathname);
    const findings = [
      ...(await axeFindings(page)),
      ...(await heightFindings(page, visit.name)),
      ...alteringFields(await page.content()),
    ];
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: HEIGHT });
      const excess = await excessWidth(page);
      if (excess !== '') findings.push(`at ${String(width)} px too wide: ${excess}`);
    }
    // Error pages have a 4xx status, which the browser logs.
    findings.push(...browserErrors.slice(before).filter((text) => !/status of 4\d\d/.test(text)));
    return findings.map((text) => `${nameOf(visit, look)} ${visit.name}: ${text}`);
  }
});

/** Key of a window: visits of one person in one look share it. */
function nameOf({ person }: PageVisit, { theme, locale }: Look): string {
  return `${person?.email ?? 'anonymous'} ${theme} ${locale}`;
}

function optionsOf(look: Look | undefined): BrowserContextOptions {
  return look === undefined
    ? {}
    : {
        viewport: PHONE,
        colorScheme: look.theme,
        locale: look.locale,
      };
}

function fits(pattern: string): (path: string) => boolean {
  const parts = pattern.split('/').map((part) => (part.startsWith('{') ? '[^/]+' : part));
  const shape = new RegExp(`^${parts.join('/')}$`);
  return (path) => shape.test(path);
}

async function runAll<T>(tasks: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = [];
  const waiting = [...tasks];
  const work = async (): Promise<void> => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
      results.push(await task());
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return results;
}
