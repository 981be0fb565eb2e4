import { createBrowser, type Browser } from '../browser.ts';
import { runCodeFlow } from '../protocol.ts';
import type { Operation, Scenario, Stage } from '../scenario.ts';
import type { Account } from '../subject.ts';

/** The account of one of the concurrent callers. */
export function accountFor({ subject }: Stage, caller: number): Account {
  const account = subject.accounts[caller % subject.accounts.length];
  if (account === undefined) throw new Error('the server under measurement has no account');
  return account;
}

/** A browser that is signed in and whose person has allowed the app. */
export async function signedInBrowser(stage: Stage, caller: number): Promise<Browser> {
  const browser = createBrowser(stage.http);
  const account = accountFor(stage, caller);
  await runCodeFlow({ ...stage, browser }, account, { scope: 'openid profile email' });
  return browser;
}

/** The code flow of a browser that is signed in: two requests, no page. */
export const silentCodeFlow: Scenario = {
  name: 'code_flow_signed_in',
  signsIdToken: true,
  title: 'Code flow, signed in',
  target: 0.8,
  floor: 0.65,
  prepare: async (stage) => {
    const operations: Operation[] = [];
    for (let caller = 0; caller < stage.concurrency; caller += 1) {
      const browser = await signedInBrowser(stage, caller);
      const account = accountFor(stage, caller);
      operations.push(async () => {
        await runCodeFlow({ ...stage, browser }, account, { scope: 'openid profile email' });
        return 'done';
      });
    }
    return operations;
  },
};

/**
 * A browser without a session every time: sign-in with a password, consent, code, tokens. The device is known, as it is
 * at nearly every sign-in; the first one on a new device also sends a mail.
 */
export const fullCodeFlow: Scenario = {
  name: 'code_flow_full',
  signsIdToken: true,
  title: 'Code flow with sign-in and consent, hash taken out',
  target: 0.42,
  floor: 0.3,
  leastWarmUpOperations: 600,
  prepare: async (stage) => {
    const operations: Operation[] = [];
    for (let caller = 0; caller < stage.concurrency; caller += 1) {
      const browser = createBrowser(stage.http);
      const account = accountFor(stage, caller);
      operations.push(async () => {
        browser.forgetSession();
        const options = { scope: 'openid profile email offline_access', prompt: 'consent' };
        const tokens = await runCodeFlow({ ...stage, browser }, account, options);
        if (tokens.refresh_token === undefined) throw new Error('no refresh token came');
        return 'done';
      });
    }
    return operations;
  },
};
