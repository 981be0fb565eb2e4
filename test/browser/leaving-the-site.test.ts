import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';

import { launchBrowser } from '../support/browser/browser.ts';
import { connectApp } from '../support/people/connect-app.ts';
import { createPerson, type TestPerson, visitorAt } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import { registerThirdPartyApp, type ThirdPartyApp } from '../support/people/third-party-app.ts';
import { openWatchedPage } from '../support/browser/watched-page.ts';
import {
  authorizationUrl,
  begin,
  signIn,
  signInAtAccount,
  WAYS,
  type JourneyScene,
  type Way,
} from './app-journeys.ts';
import { ONWARD, startOnwardApp, type Onward, type OnwardApp } from './onward-app.ts';

describe('Forms that lead to another site, in a browser', function () {
  this.timeout(600_000);
  let server: TestServer;
  let onwardApp: OnwardApp;
  let browser: Browser;
  let scene: JourneyScene;

  before(async () => {
    server = await startTestServer();
    onwardApp = await startOnwardApp();
    const ana = await createPerson(server.connected);
    const ben = await createPerson(server.connected);
    const fresh = await register(ana);
    const known = await register(ana);
    scene = { server, onwardApp, fresh, known, ana, ben };
    for (const person of [ana, ben]) {
      const visitor = visitorAt(server.url, { stopAt: (url) => url.origin === onwardApp.origin });
      const parameters = { redirect_uri: onwardApp.callback('web'), scope: 'openid' };
      await connectApp({ visitor, app: known, person, parameters });
    }
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await onwardApp?.close();
    await server?.stop();
  });

  function register(owner: TestPerson): Promise<ThirdPartyApp> {
    return registerThirdPartyApp(server, owner.accountId, {
      name: 'Wanderer',
      redirectUris: [
        ...ONWARD.map((onward) => onwardApp.callback(onward)),
        `${onwardApp.foreignOrigin}/callback/web`,
      ],
      postLogoutRedirectUris: ONWARD.map((onward) => onwardApp.goodbye(onward)),
    });
  }

  for (const [onward, target, count] of [
    ['web', 'another site', 15],
    ['device', 'an app on the device', 8],
  ] as const) {
    it(`reach an app that redirects to ${target}`, async () => {
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

  /** @returns the problem, or null if the browser reached the app. */
  async function tryWay(way: Way, onward: Onward): Promise<string | null> {
    const { page, context, browserErrors } = await openWatchedPage(browser, way.options);
    try {
      const arrival = arrivalAt(page, onward);
      await way.go({ scene, page, onward });
      await arrival;
      const { method, parameters } = onwardApp.takeReceived();
      if (method !== (way.method ?? 'GET')) return `the callback received a ${method}`;
      if (!parameters.has(way.brings)) return `the callback received ${parameters.toString()}`;
      if (parameters.get('state') !== 'remember me') return 'the state was lost';
      const blocked = browserErrors.filter((text) => /policy/i.test(text));
      return blocked.length === 0 ? null : blocked.join(', ');
    } catch (error) {
      return `${(error as Error).message.split('\n')[0] ?? ''} at ${page.url()} ${browserErrors.join(', ')}`;
    } finally {
      await context.close();
    }
  }

  /** A request to an app on the device is seen only if the content policies permit it. No such app is installed here. */
  function arrivalAt(page: Page, onward: Onward): Promise<unknown> {
    const options = { timeout: 60_000 };
    const arrival =
      onward === 'web'
        ? page.waitForURL(onwardApp.landing('web'), options)
        : page.waitForRequest(onwardApp.landing('device'), options);
    arrival.catch(() => undefined);
    return arrival;
  }

  it('keep the code out of the history of the browser', async () => {
    const { page, context } = await openWatchedPage(browser);
    await begin({ scene, page, onward: 'web' }, scene.known);
    await signIn(page, scene.ana);
    await page.waitForURL(onwardApp.landing('web'));
    const code = onwardApp.takeReceived().parameters.get('code') ?? 'none';
    // The start page, the name, the password, the app.
    expect(await page.evaluate('history.length')).to.equal(4);
    await page.goBack();
    expect(page.url()).to.match(/\/interaction\//);
    expect(await page.content()).not.to.contain(code);
    await context.close();
  });

  it('have a link to the app for browsers that do not open it automatically', async () => {
    const { page, context } = await openWatchedPage(browser);
    await begin({ scene, page, onward: 'device' }, scene.known);
    const arrival = arrivalAt(page, 'device');
    await signIn(page, scene.ana);
    await arrival;
    const first = onwardApp.takeReceived().parameters.get('code');
    const again = page.waitForRequest(onwardApp.landing('device'));
    await page.getByRole('link', { name: 'Open Wanderer' }).click();
    await again;
    expect(onwardApp.takeReceived().parameters.get('code')).to.equal(first);
    await context.close();
  });

  it('keep the opener of a sign-in popup and the popup of its app', async () => {
    for (const origin of [onwardApp.origin, onwardApp.foreignOrigin]) {
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
      await popup.waitForURL(onwardApp.landing('web'));
      expect(onwardApp.takeReceived().parameters.has('code'), origin).to.equal(true);
      expect(await popup.evaluate('window.opener !== null'), origin).to.equal(true);
      expect(await page.evaluate('window.popup.closed'), origin).to.equal(false);
      await context.close();
    }
  });

  it('return a code to a same-site frame with prompt=none, and login_required to a cross-site frame', async () => {
    const { page, context } = await openWatchedPage(browser);
    await signInAtAccount({ scene, page }, scene.ana);
    for (const [origin, brings] of [
      [onwardApp.origin, 'code'],
      [onwardApp.foreignOrigin, 'error=login_required'],
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
      await page.waitForEvent(
        'framenavigated',
        (frame) => frame.url() === onwardApp.landing('web'),
      );
      expect(onwardApp.takeReceived().parameters.toString(), origin).to.contain(brings);
    }
    await context.close();
  });

  it('separate account pages from the window that opened them', async () => {
    for (const person of [scene.ana, null]) {
      const { page, context } = await openWatchedPage(browser);
      if (person !== null) await signInAtAccount({ scene, page }, person);
      for (const path of ['/account', '/developer/apps', '/admin/jobs']) {
        await page.goto(`${onwardApp.origin}/start`);
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
