import type { BrowserContextOptions, Page } from 'playwright-core';

import type { TestPerson } from '../support/people/people.ts';
import type { TestServer } from '../support/servers/server.ts';
import type { ThirdPartyApp } from '../support/people/third-party-app.ts';
import type { Onward, OnwardApp } from './onward-app.ts';
import { fillSignIn } from '../support/browser/fill-sign-in.ts';

/** Server, apps and people of the journeys. */
export interface JourneyScene {
  readonly server: TestServer;
  readonly onwardApp: OnwardApp;
  /** An app without a consent. */
  readonly fresh: ThirdPartyApp;
  /** An app with a consent of both people. */
  readonly known: ThirdPartyApp;
  readonly ana: TestPerson;
  readonly ben: TestPerson;
}

/** A browser page and the target of its callback. */
export interface Journey {
  readonly scene: JourneyScene;
  readonly page: Page;
  readonly onward: Onward;
}

/** One way from a page of the server to the app. */
export interface Way {
  readonly name: string;
  readonly options?: BrowserContextOptions;
  readonly go: (journey: Journey) => Promise<void>;
  /** Also tested with a callback to an app on the device; the other ways use the same pages. */
  readonly onDevice?: true;
  /** A parameter that the app receives. */
  readonly brings: string;
  readonly method?: 'POST';
}

/** An authorization request of the app with a state and PKCE. */
export function authorizationUrl(
  { server }: Pick<JourneyScene, 'server'>,
  app: ThirdPartyApp,
  parameters: Readonly<Record<string, string>>,
): string {
  const query = new URLSearchParams({
    client_id: app.clientId,
    response_type: 'code',
    scope: 'openid',
    state: 'remember me',
    code_challenge: 'v'.repeat(43),
    code_challenge_method: 'S256',
    ...parameters,
  });
  return `${server.url}/auth?${query.toString()}`;
}

/** Fills in and submits the sign-in page. */
export async function signIn(page: Page, person: TestPerson): Promise<void> {
  await fillSignIn(page, person);
}

/** Signs in at the account page. */
export async function signInAtAccount(
  { page, scene }: Pick<Journey, 'page' | 'scene'>,
  person: TestPerson,
): Promise<void> {
  await page.goto(`${scene.server.url}/account`);
  await signIn(page, person);
  await page.waitForURL(`${scene.server.url}/account`);
}

/** Opens `/auth`. */
export async function begin(
  { scene, page, onward }: Journey,
  app: ThirdPartyApp,
  extra: Readonly<Record<string, string>> = {},
): Promise<void> {
  const parameters = { redirect_uri: scene.onwardApp.callback(onward), ...extra };
  const url = authorizationUrl(scene, app, parameters);
  await page.goto(url, { waitUntil: 'commit' }).catch(ignoreAbort);
}

function signOutUrl({ scene, onward }: Journey): string {
  const query = new URLSearchParams({
    client_id: scene.known.clientId,
    post_logout_redirect_uri: scene.onwardApp.goodbye(onward),
    state: 'remember me',
  });
  return `${scene.server.url}/session/end?${query.toString()}`;
}

/** Ignores the aborted navigation of a redirect to an app on the device. */
function ignoreAbort(error: Error): null {
  if (!error.message.includes('ERR_ABORTED')) throw error;
  return null;
}

/** All ways; each starts in a new window. */
export const WAYS: readonly Way[] = [
  {
    name: 'sign-in, allowed before',
    onDevice: true,
    brings: 'code',
    go: async (journey) => {
      await begin(journey, journey.scene.known);
      await signIn(journey.page, journey.scene.ana);
    },
  },
  {
    name: 'deny',
    brings: 'error',
    go: async (journey) => {
      await begin(journey, journey.scene.fresh);
      await signIn(journey.page, journey.scene.ana);
      await journey.page.click('button[value=deny]');
    },
  },
  {
    name: 'cancel the sign-in, without scripts',
    onDevice: true,
    brings: 'error',
    options: { javaScriptEnabled: false },
    go: async (journey) => {
      await begin(journey, journey.scene.fresh);
      await journey.page.click('form[action$="/cancel"] button');
    },
  },
  {
    name: 'allow, without scripts',
    brings: 'code',
    options: { javaScriptEnabled: false },
    go: async (journey) => {
      await begin(journey, journey.scene.fresh, { prompt: 'consent' });
      await signIn(journey.page, journey.scene.ben);
      await journey.page.click('button[value=allow]');
    },
  },
  {
    name: 'another account, chosen',
    brings: 'code',
    go: async (journey) => {
      await signInAtAccount(journey, journey.scene.ana);
      await begin(journey, journey.scene.known, { prompt: 'select_account' });
      await journey.page.click('a[href$="/sign-in"]');
      await signIn(journey.page, journey.scene.ben);
    },
  },
  {
    name: 'another account, at prompt=login',
    onDevice: true,
    brings: 'code',
    go: async (journey) => {
      await signInAtAccount(journey, journey.scene.ana);
      await begin(journey, journey.scene.known, { prompt: 'login' });
      await signIn(journey.page, journey.scene.ben);
    },
  },
  {
    name: 'another account, without scripts',
    brings: 'code',
    options: { javaScriptEnabled: false },
    go: async (journey) => {
      await signInAtAccount(journey, journey.scene.ana);
      await begin(journey, journey.scene.known, { prompt: 'login' });
      await signIn(journey.page, journey.scene.ben);
      await journey.page.getByRole('button', { name: 'Continue' }).click();
    },
  },
  {
    name: 'the same account, chosen',
    brings: 'code',
    go: async (journey) => {
      await signInAtAccount(journey, journey.scene.ana);
      await begin(journey, journey.scene.known, { prompt: 'select_account' });
      await journey.page.click('form[action$="/choose"] button[type=submit]');
    },
  },
  {
    name: 'without a page',
    onDevice: true,
    brings: 'code',
    go: async (journey) => {
      await signInAtAccount(journey, journey.scene.ana);
      await begin(journey, journey.scene.known);
    },
  },
  {
    name: 'form_post after a form',
    onDevice: true,
    brings: 'code',
    method: 'POST',
    go: async (journey) => {
      await begin(journey, journey.scene.known, { response_mode: 'form_post' });
      await signIn(journey.page, journey.scene.ana);
    },
  },
  {
    name: 'form_post of an error, without scripts',
    brings: 'error',
    method: 'POST',
    options: { javaScriptEnabled: false },
    go: async (journey) => {
      await begin(journey, journey.scene.fresh, { response_mode: 'form_post' });
      await journey.page.click('form[action$="/cancel"] button');
      await journey.page.getByRole('button', { name: 'Open Wanderer' }).click();
    },
  },
  {
    name: 'form_post without a page',
    onDevice: true,
    brings: 'code',
    method: 'POST',
    go: async (journey) => {
      await signInAtAccount(journey, journey.scene.ana);
      await begin(journey, journey.scene.known, { response_mode: 'form_post' });
    },
  },
  {
    name: 'sign-out',
    onDevice: true,
    brings: 'state',
    go: async (journey) => {
      await signInAtAccount(journey, journey.scene.ana);
      await journey.page.goto(signOutUrl(journey));
      await journey.page.click('button[name=logout]');
    },
  },
  {
    name: 'a declined sign-out, without scripts',
    brings: 'state',
    options: { javaScriptEnabled: false },
    go: async (journey) => {
      await signInAtAccount(journey, journey.scene.ana);
      await journey.page.goto(signOutUrl(journey));
      await journey.page.click('button:not([name=logout])[form="op.logoutForm"]');
    },
  },
  {
    name: 'sign-out without a session, without scripts',
    onDevice: true,
    brings: 'state',
    options: { javaScriptEnabled: false },
    go: async (journey) => {
      await journey.page.goto(signOutUrl(journey)).catch(ignoreAbort);
    },
  },
];
