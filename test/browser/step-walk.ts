import { expect } from 'chai';
import type { BrowserContext, Page } from 'playwright-core';

import { PASSWORD } from '../support/people/people.ts';
import type { TestServer } from '../support/servers/server.ts';
import type { ThirdPartyApp } from '../support/people/third-party-app.ts';
import { codeFor, linkFor } from '../vault/mailed-code.ts';
import { fillSignIn } from '../support/browser/fill-sign-in.ts';

export const NEW_PASSWORD = 'seven herons over a slow river';

/** One browser in which a person walks through the steps of a flow. */
export interface Walk {
  readonly server: TestServer;
  readonly app: ThirdPartyApp;
  /** The address of the app, where a page is shown. */
  readonly redirectUri: string;
  readonly context: BrowserContext;
  readonly page: Page;
  /** A second tab, in which each step is opened as well. */
  readonly other: Page;
  readonly hasScripts: boolean;
}

/** The parts of a step that a reload must not lose. */
async function look(page: Page): Promise<object> {
  const seen = (await page.evaluate(`({
    heading: document.querySelector('h1')?.textContent.trim(),
    fields: [...document.querySelectorAll('main input:not([type=hidden])')]
      .filter((input) => input.checkVisibility())
      .map(({ name }) => name),
  })`)) as object;
  return { address: page.url().replace(/\?look=1$/, ''), ...seen };
}

/** Expects that the page on which the person is has an address of its own: it survives reload, a second tab, back and forward. */
export async function expectStable(walk: Walk, step: string): Promise<void> {
  const { page } = walk;
  const seen = await expectSameAgain(walk, step);
  await page.goBack();
  await page.goForward();
  expect(await look(page), `${step}: back and forward`).to.deep.equal(seen);
}

/**
 * As {@link expectStable} for the answer to a form that was refused: back leads to its form. Forward is tried with scripts only,
 * because without them a browser prompts the person before it sends a form again.
 */
export async function expectRefused(walk: Walk, step: string): Promise<void> {
  const seen = await expectSameAgain(walk, step);
  await walk.page.goBack();
  expect(await look(walk.page), `${step}: back`).to.deep.equal(seen);
  if (!walk.hasScripts) return;
  await walk.page.goForward();
  expect(await look(walk.page), `${step}: forward`).to.deep.equal(seen);
}

async function expectSameAgain({ page, other }: Walk, step: string): Promise<object> {
  const seen = await look(page);
  await page.reload();
  expect(await look(page), `${step}: reload`).to.deep.equal(seen);
  await other.goto(page.url());
  expect(await look(other), `${step}: second tab`).to.deep.equal(seen);
  // A page that waits for its link would continue there.
  await other.goto('about:blank');
  return seen;
}

/** Opens the authorization request of the app. */
export async function begin(
  { page, server, app, redirectUri }: Pick<Walk, 'page' | 'server' | 'app' | 'redirectUri'>,
  extra: Readonly<Record<string, string>> = {},
): Promise<void> {
  const query = new URLSearchParams({
    client_id: app.clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid email',
    state: 'kept',
    code_challenge: 'v'.repeat(43),
    code_challenge_method: 'S256',
    ...extra,
  });
  await page.goto(`${server.url}/auth?${query.toString()}`);
}

/** Fills in the form with the given action and sends it. */
export async function send(
  page: Page,
  action: string,
  fields: Readonly<Record<string, string>> = {},
): Promise<void> {
  const form = page.locator(`main form[action${action}]`).first();
  for (const [name, value] of Object.entries(fields))
    await form.locator(`input[name=${name}]`).fill(value);
  await form.locator('button[type=submit]').first().click();
  await page.waitForLoadState();
}

export async function signIn(page: Page, email: string, password = PASSWORD): Promise<void> {
  await fillSignIn(page, { email, password });
}

/** Answers the consent page and arrives at the app. */
export async function allow(walk: Walk, step = 'consent'): Promise<void> {
  const { page } = walk;
  await page.waitForSelector('button[value=allow]');
  await expectStable(walk, step);
  await page.click('button[value=allow]');
  await expectAtApp(walk);
}

export async function expectAtApp({
  page,
  redirectUri,
}: Pick<Walk, 'page' | 'redirectUri'>): Promise<void> {
  await page.waitForURL(`${redirectUri}?**`);
  const { searchParams } = new URL(page.url());
  expect(searchParams.get('state')).to.equal('kept');
  expect(searchParams.get('code')).to.be.a('string');
}

/** Enters the mailed code on the page that waits for it. */
export async function enterCode(walk: Walk, email: string): Promise<void> {
  const { page, server } = walk;
  await page.waitForSelector('input[name=code]');
  await expectStable(walk, 'code');
  await send(page, '*="/confirm/"', { code: '0' });
  expect(await page.locator('.field-error').count(), 'a wrong code').to.equal(1);
  await expectStable(walk, 'wrong code');
  await send(page, '*="/confirm/"', { code: await codeFor(server.connected, email) });
}

/** Opens the mailed link in a second tab and presses its button there. @returns the tab. */
export async function pressLink(walk: Walk, email: string): Promise<Page> {
  const { context, server } = walk;
  const tab = await context.newPage();
  await tab.goto(`${server.url}/confirm/${await linkFor(server.connected, email)}`);
  await expectStable({ ...walk, page: tab }, 'link');
  await tab.locator('main form button[type=submit]').click();
  await tab.waitForLoadState();
  return tab;
}

/** The first tab continues by itself, or by the link on its page when scripts are off. */
export async function continueInFirstTab({ page, hasScripts }: Walk): Promise<void> {
  if (!hasScripts) await page.click('a[href$="?look=1"]');
  await page.locator('input[name=code]').waitFor({ state: 'detached' });
}

let counter = 0;

export function nextEmail(): string {
  counter += 1;
  return `walker${String(counter)}@example.org`;
}
