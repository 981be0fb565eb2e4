import { setTimeout as pause } from 'node:timers/promises';

import * as oauth from 'openid-client';

import { isOnConsentPage } from '../../support/people/connect-app.ts';
import { signIn, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { isAtApp, REDIRECT_URI } from '../../support/people/third-party-app.ts';
import type { Visitor } from '../../support/people/visitor.ts';
import { ENDED_WITHIN_MS, type HeldToken, type Operation, type TokenState } from './journal.ts';
import {
  createLoadClient,
  UnknownResult,
  type Answer,
  type Check,
  type LoadClientInput,
} from './load-client.ts';

export interface VirtualUserInput extends LoadClientInput {
  readonly person: TestPerson;
  /** The value of the claim `name` of this person. */
  readonly name: string;
  /** Pseudo-random numbers between 0 and 1, the same in each run. */
  readonly random: () => number;
}

/** A person with a browser, and their app. Operations run sequentially. */
export interface VirtualUser {
  /** Runs the next operation and records its requests. Never rejects. */
  step(): Promise<void>;
}

const SCOPE = 'openid profile email offline_access';
const MOST_TRIES = 4;
const LONGEST_PAUSE_MS = 2_000;

/** Relative frequency of each operation. */
const WEIGHTS: Readonly<Record<Operation, number>> = {
  'sign-in': 10,
  refresh: 15,
  userinfo: 30,
  introspection: 20,
  revocation: 8,
  withdrawal: 4,
  'use of an ended token': 10,
  'double redemption': 3,
};

export function createVirtualUser(input: VirtualUserInput): VirtualUser {
  const { number, person, app, url, journal, random } = input;
  const client = createLoadClient(input);
  const state = {
    /** The signed-in browser, or null. */
    browser: null as Visitor | null,
    consent: 'none' as 'none' | 'given' | 'unknown',
  };

  const acknowledge = (tokenState: TokenState, tokens: readonly HeldToken[]): void =>
    journal.acknowledge({ at: performance.now(), user: number, state: tokenState, tokens });
  const held = (tokenState: TokenState, kind?: HeldToken['kind']) =>
    journal
      .tokensIn(number, tokenState)
      .filter(({ token }) => kind === undefined || token.kind === kind);
  const markIssuedUnknown = (): void =>
    acknowledge(
      'unknown',
      held('issued').map(({ token }) => token),
    );
  const pick = <T>(items: readonly T[]): T | undefined =>
    items[Math.floor(random() * items.length)];

  /** Gets a code; null when the current fault may have ended the sign-in. */
  const authorize = async () => {
    const isSignedIn = state.browser !== null && random() < 0.7;
    const browser = isSignedIn && state.browser ? state.browser : newBrowser();
    const verifier = oauth.randomPKCECodeVerifier();
    // Set again only when the response is received.
    state.browser = null;
    await browser.get(await authorizationUrl(verifier));
    if (browser.page.document.querySelector('input[name=password]') !== null) {
      if (isSignedIn) client.wrong('a signed-in browser has to sign in again');
      await signIn(browser, person);
    }
    if (isOnConsentPage(browser)) {
      if (state.consent === 'given') client.wrong('a given consent is requested again');
      state.consent = 'unknown';
      await browser.submitForm('button[value=allow]');
    }
    const { page } = browser;
    const code = isAtApp(page.url) ? page.url.searchParams.get('code') : null;
    if (code === null) {
      if (journal.currentFault()?.losesInteractions !== true)
        client.wrong(`no code but ${page.url.pathname}: ${page.text.slice(0, 200)}`);
      return null;
    }
    state.browser = browser;
    state.consent = 'given';
    return {
      grant_type: 'authorization_code',
      code,
      redirect_uri: REDIRECT_URI,
      code_verifier: verifier,
    };
  };
  const newBrowser = (): Visitor => visitorAt(url, { fetch: client.browse });
  const authorizationUrl = async (verifier: string): Promise<URL> => {
    const target = new URL('/auth', url);
    target.search = new URLSearchParams({
      client_id: app.clientId,
      response_type: 'code',
      redirect_uri: REDIRECT_URI,
      scope: SCOPE,
      state: 's'.repeat(20),
      nonce: 'n'.repeat(20),
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...(state.consent !== 'given' && { prompt: 'consent' }),
    }).toString();
    return target;
  };

  const receive = ({ body }: Answer): void => {
    const tokens = (['access', 'refresh'] as const).flatMap((kind) => {
      const value = body[`${kind}_token`];
      return typeof value === 'string' ? [{ kind, value, clientId: app.clientId }] : [];
    });
    acknowledge('issued', tokens);
  };

  const operations: Readonly<Record<Operation, () => Promise<void>>> = {
    'sign-in': async () => {
      const redemption = await authorize();
      if (redemption === null) return;
      const answer = await untilKnown(random, (isRepeated) =>
        client.post('/token', redemption, ({ status, body }) => {
          if (status === 200) return null;
          const fault = journal.currentFault();
          const mayBeUsed = isRepeated && fault?.leavesCommitsUnknown === true;
          const isExcused = mayBeUsed || fault?.losesInteractions === true;
          if (isExcused && body['error'] === 'invalid_grant') return null;
          return 'a fresh code is refused';
        }),
      );
      if (answer.status === 200) receive(answer);
      // A code that was redeemed before ends the resulting tokens.
      else markIssuedUnknown();
    },

    refresh: async () => {
      const issued = held('issued', 'refresh').at(-1)?.token;
      const token = issued ?? held('unknown', 'refresh').at(-1)?.token;
      if (token === undefined) return;
      const form = { grant_type: 'refresh_token', refresh_token: token.value };
      const isRotated = app.clientSecret === null;
      let answer: Answer;
      try {
        answer = await client.post('/token', form, ({ status, body }) => {
          const mayBeUsed = issued === undefined && body['error'] === 'invalid_grant';
          return status === 200 || mayBeUsed ? null : 'a live refresh token is refused';
        });
      } catch (error) {
        const mayBeUsed = journal.currentFault()?.leavesCommitsUnknown === true;
        if (isRotated && mayBeUsed) acknowledge('unknown', [token]);
        throw error;
      }
      if (answer.status !== 200) {
        acknowledge('ended', [token]);
        markIssuedUnknown();
        return;
      }
      if (isRotated) acknowledge('used', [token]);
      receive(answer);
    },

    userinfo: async () => {
      const token = pick(held('issued', 'access'))?.token;
      if (token === undefined) return;
      await client.readUserInfo(token.value, ({ status, body }) => {
        if (status !== 200) return 'a live access token is refused';
        return body['name'] === input.name ? null : 'a different name than the shared one';
      });
    },

    introspection: async () => {
      const token = pick(held('issued'))?.token;
      if (token === undefined || app.clientSecret === null) return;
      const form = { token: token.value };
      await client.post('/token/introspection', form, ({ status, body }) =>
        status === 200 && body['active'] === true ? null : 'a live token is inactive',
      );
    },

    revocation: async () => {
      const token = (held('unknown', 'access').at(-1) ?? pick(held('issued', 'access')))?.token;
      if (token === undefined) return;
      acknowledge('unknown', [token]);
      await client.post('/token/revocation', { token: token.value }, ({ status }) =>
        status === 200 ? null : 'a revocation is refused',
      );
      acknowledge('ended', [token]);
    },

    withdrawal: async () => {
      if (state.browser === null || state.consent !== 'given') return;
      const tokens = [...held('issued'), ...held('unknown')].map(({ token }) => token);
      await state.browser.get(`${url}/account/apps/${app.clientId}/end`);
      state.consent = 'unknown';
      acknowledge('unknown', tokens);
      const page = await state.browser.submitForm('form[action$="/end"]');
      if (page.status !== 200) return client.wrong(`not ended: ${page.text.slice(0, 200)}`);
      state.consent = 'none';
      acknowledge('ended', tokens);
    },

    'use of an ended token': async () => {
      const ended = pick(held('ended'));
      if (ended === undefined) return;
      const { token, since } = ended;
      const mustBeRefused =
        (isAlive: (answer: Answer) => boolean): Check =>
        (answer) => {
          const ms = answer.sentAt - since;
          return isAlive(answer) && ms > ENDED_WITHIN_MS
            ? `alive ${ms.toFixed()} ms after its end was acknowledged`
            : null;
        };
      if (app.clientSecret !== null && random() < 0.5) {
        const check = mustBeRefused(({ body }) => body['active'] !== false);
        await client.post('/token/introspection', { token: token.value }, check);
      } else if (token.kind === 'access') {
        const check = mustBeRefused(({ status }) => status !== 401);
        await client.readUserInfo(token.value, check);
      } else {
        const form = { grant_type: 'refresh_token', refresh_token: token.value };
        const check = mustBeRefused(({ body }) => body['error'] !== 'invalid_grant');
        await client.post('/token', form, check);
      }
    },

    'double redemption': async () => {
      const redemption = await authorize();
      if (redemption === null) return;
      const redeem = () =>
        client.post('/token', redemption, ({ status, body }) =>
          status === 200 || body['error'] === 'invalid_grant' ? null : 'an unexpected error',
        );
      const answers = await Promise.allSettled([redeem(), redeem()]);
      const successes = answers.filter(
        (answer) => answer.status === 'fulfilled' && answer.value.status === 200,
      );
      if (successes.length > 1) client.wrong('one code was redeemed twice');
      // The second redemption ends the tokens of the first.
      markIssuedUnknown();
    },
  };

  const chooseOperation = (): Operation => {
    if (held('issued').length === 0 && random() < 0.7) return 'sign-in';
    const all = Object.entries(WEIGHTS) as [Operation, number][];
    let point = random() * all.reduce((sum, [, weight]) => sum + weight, 0);
    return all.find(([, weight]) => (point -= weight) < 0)?.[0] ?? 'userinfo';
  };

  return {
    step: async () => {
      client.operation = chooseOperation();
      try {
        await operations[client.operation]();
      } catch (error) {
        if (error instanceof UnknownResult) return;
        // The page does not contain the expected form.
        if (journal.currentFault()?.losesInteractions !== true) client.wrong(String(error));
      }
    },
  };
}

/** Repeats a request while its result is unknown, as apps do after `Retry-After`. */
async function untilKnown<T>(
  random: () => number,
  work: (isRepeated: boolean) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work(attempt > 1);
    } catch (error) {
      if (!(error instanceof UnknownResult) || attempt === MOST_TRIES) throw error;
      await pause(LONGEST_PAUSE_MS * random());
    }
  }
}
