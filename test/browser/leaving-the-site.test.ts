import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';

import { launchBrowser } from '../support/browser.ts';
import { connectApp } from '../support/connect-app.ts';
import { createPerson, type TestPerson, visitorAt } from '../support/people.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../support/third-party-app.ts';
import { openWatchedPage } from '../support/watched-page.ts';
import {
  authorizationUrl,
  begin,
  signIn,
  signInAtAccount,
  WAYS,
  type JourneyScene,
  type Way,
} from './ways-to-the-app.ts';
import { ONWARD, startWanderingApp, type Onward, type WanderingApp } from './wandering-app.ts';

describe('Forms that lead off the site, in a browser', function () {
  this.timeout(600_000);
  let server: TestServer;
  let wanderer: WanderingApp;
  let browser: Browser;
  let scene: JourneyScene;

  before(async () => {
    server = await startTestServer();
    wanderer = await startWanderingApp();
    const ana = await createPerson(server.connected);
    const ben = await createPerson(server.connected);
    const fresh = await register(ana);
    const known = await register(ana);
    scene = { server, wanderer, fresh, known, ana, ben };
    for (const person of [ana, ben]) {
      const visitor = visitorAt(server.url, { stopAt: (url) => url.origin === wanderer.origin });
      const parameters = { redirect_uri: wanderer.callback('web'), scope: 'openid' };
      await connectApp({ visitor, app: known, person, parameters });
    }
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await wanderer?.close();
    await server?.stop();
  });

  function register(owner: TestPerson): Promise<ThirdPartyApp> {
    return registerThirdPartyApp(server, owner.accountId, {
      name: 'Wanderer',
      redirectUris: [
        ...ONWARD.map((onward) => wanderer.callback(onward)),
        `${wanderer.foreignOrigin}/callback/web`,
      ],
      postLogoutRedirectUris: ONWARD.map((onward) => wanderer.goodbye(onward)),
    });
  }

  for (const [onward, target, count] of [
    ['web', 'another site', 15],
    ['device', 'an app on the device', 8],
  ] as const) {
    it(`arrive at an app that redirects on to ${target}`, async () => {
      const ways = WAYS.filter(({ onDevice }) => onward === 'web' || onDevice === true);
      expect(ways).to.have.length(count);
      const failures: string[] = [];
      for (const way of ways) {
        const problem = await tryWay(way, onward);
        if (problem !== null) failures.push(`${way.name}: ${problem}`);
      }
      expect(failures).to.deep.equal([]);
    });
  }

  /** @returns why the browser did not arrive. */
  async function tryWay(way: Way, onward: Onward): Promise<string | null> {
    const { page, context, complaints } = await openWatchedPage(browser, way.options);
    try {
      const arrival = arrivalAt(page, onward);
      await way.go({ scene, page, onward });
      await arrival;
      const { method, parameters } = wanderer.takeReceived();
      if (method !== (way.method ?? 'GET')) return `the callback received a ${method}`;
      if (!parameters.has(way.brings)) return `the callback received ${parameters.toString()}`;
      if (parameters.get('state') !== 'remember me') return 'the state was lost';
      const blocked = complaints.filter((text) => /policy/i.test(text));
      return blocked.length === 0 ? null : blocked.join(', ');
    } catch (error) {
      return `${(error as Error).message.split('\n')[0] ?? ''} at ${page.url()} ${complaints.join(', ')}`;
    } finally {
      await context.close();
    }
  }

  /** A request for an app on the device is seen only when the content policies let it pass; here no such app answers it. */
  function arrivalAt(page: Page, onward: Onward): Promise<unknown> {
    const options = { timeout: 60_000 };
    const arrival =
      onward === 'web'
        ? page.waitForURL(wanderer.landing('web'), options)
        : page.waitForRequest(wanderer.landing('device'), options);
    arrival.catch(() => undefined);
    return arrival;
  }

  it('keep the code out of the history of the browser', async () => {
    const { page, context } = await openWatchedPage(browser);
    await begin({ scene, page, onward: 'web' }, scene.known);
    await signIn(page, scene.ana);
    await page.waitForURL(wanderer.landing('web'));
    const code = wanderer.takeReceived().parameters.get('code') ?? 'none';
    expect(await page.evaluate('history.length')).to.equal(3);
    await page.goBack();
    expect(page.url()).to.match(/\/interaction\//);
    expect(await page.content()).not.to.contain(code);
    await context.close();
  });

  it('let an app go on from the page by its link when the browser does not open the app by itself', async () => {
    const { page, context } = await openWatchedPage(browser);
    await begin({ scene, page, onward: 'device' }, scene.known);
    await signIn(page, scene.ana);
    await page.waitForRequest(wanderer.landing('device'));
    const first = wanderer.takeReceived().parameters.get('code');
    const again = page.waitForRequest(wanderer.landing('device'));
    await page.getByRole('link', { name: 'Open Wanderer' }).click();
    await again;
    expect(wanderer.takeReceived().parameters.get('code')).to.equal(first);
    await context.close();
  });

  it('leave an app that signs people in in a popup its opener, and the popup its app', async () => {
    for (const origin of [wanderer.origin, wanderer.foreignOrigin]) {
      const { page, context } = await openWatchedPage(browser);
      await page.goto(`${origin}/start`);
      const opened = context.waitForEvent('page');
      const url = authorizationUrl(scene, scene.fresh, {
        redirect_uri: `${origin}/callback/web`,
        prompt: 'consent',
      });
      await page.evaluate(`window.popup = window.open(${JSON.stringify(url)}, 'sign-in', 'popup')`);
      const popup = await opened;
      await signIn(popup, scene.ana);
      await popup.click('button[value=allow]');
      await popup.waitForURL(wanderer.landing('web'));
      expect(wanderer.takeReceived().parameters.has('code'), origin).to.equal(true);
      expect(await popup.evaluate('window.opener !== null'), origin).to.equal(true);
      expect(await page.evaluate('window.popup.closed'), origin).to.equal(false);
      await context.close();
    }
  });

  it('answer prompt=none in a frame: with a code at the same site, with login_required at another', async () => {
    const { page, context } = await openWatchedPage(browser);
    await signInAtAccount({ scene, page }, scene.ana);
    for (const [origin, brings] of [
      [wanderer.origin, 'code'],
      [wanderer.foreignOrigin, 'error=login_required'],
    ] as const) {
      await page.goto(`${origin}/start`);
      const url = authorizationUrl(scene, scene.known, {
        redirect_uri: `${origin}/callback/web`,
        prompt: 'none',
      });
      await page.evaluate(`{
        const frame = document.createElement('iframe');
        frame.src = ${JSON.stringify(url)};
        document.body.append(frame);
      }`);
      await page.waitForEvent('framenavigated', (frame) => frame.url() === wanderer.landing('web'));
      expect(wanderer.takeReceived().parameters.toString(), origin).to.contain(brings);
    }
    await context.close();
  });

  it('cut pages of signed-in people off from the window that opened them, signed in or not', async () => {
    for (const person of [scene.ana, null]) {
      const { page, context } = await openWatchedPage(browser);
      if (person !== null) await signInAtAccount({ scene, page }, person);
      for (const path of ['/account', '/developer/apps', '/admin/jobs']) {
        await page.goto(`${wanderer.origin}/start`);
        const opened = context.waitForEvent('page');
        await page.evaluate(
          `window.popup = window.open('${server.url}${path}', '_blank', 'popup')`,
        );
        const popup = await opened;
        await popup.waitForLoadState();
        expect(await popup.evaluate('window.opener'), path).to.equal(null);
        expect(await page.evaluate('window.popup.closed'), path).to.equal(true);
        await popup.close();
      }
      await context.close();
    }
  });
});
