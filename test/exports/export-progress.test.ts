import { expect } from 'chai';
import type { Browser } from 'playwright-core';

import { launchBrowser } from '../support/browser/browser.ts';
import { createPerson, type TestPerson } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { fillSignIn } from '../support/browser/fill-sign-in.ts';

describe('The page of an export in progress, with JavaScript', function () {
  this.timeout(90_000);
  let server: TestServer;
  let browser: Browser;
  let ana: TestPerson;

  before(async () => {
    server = await startTestServer();
    browser = await launchBrowser();
    ana = await createPerson(server.connected);
  });

  after(async () => {
    await browser.close();
    await server.stop();
  });

  async function setState(id: string, status: string, done: number): Promise<void> {
    await server.connected.db.pool.query(
      `insert into account_exports (id, account_id, status, locale, steps_done, steps_total, bytes, chunks, requested_at,
         updated_at, ready_at, expires_at)
       values ($1, $2, $3, 'en', $4, 18, 1400000, 6, now(), now(), now(), now() + interval '1 day')
       on conflict (id) do update set status = $3, steps_done = $4`,
      [id, ana.accountId, status, done],
    );
  }

  it('updates itself, announces changes politely, and shows the finished file', async () => {
    const id = '5f0c2c53-6a0a-4b53-9f0e-1b6d7c1f7a10';
    await setState(id, 'running', 3);
    const page = await browser.newPage({ locale: 'en-GB' });
    await page.goto(`${server.url}/account/export`);

    await fillSignIn(page, ana);
    await page.waitForSelector('progress');
    expect(await page.locator('.progress-share').textContent()).to.match(/16\.7\s?%/);
    await setState(id, 'running', 9);
    await page.waitForSelector('progress[value="9"]');
    expect(await page.locator('[role=status]').textContent()).to.equal('50% done');
    await setState(id, 'ready', 18);
    await page.getByText('Your data is ready').waitFor();
    expect(await page.locator('form[action="/account/export/download"] button').count()).to.equal(
      1,
    );
    await page.close();
  });
});
